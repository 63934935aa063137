#include "cli/properties.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include <kreel/text.hpp>

using namespace kreel;
using namespace kreel::cli;

namespace {

struct Listed {
  PropertyScope scope;
  bool can_be_text;
};

// What the installed librdkafka lists: lines of "name | C/P | range | default | importance | text".
std::map<std::string, Listed> listed_by_librdkafka() {
  char* data = nullptr;
  std::size_t size = 0;
  FILE* memory = ::open_memstream(&data, &size);
  rd_kafka_conf_properties_show(memory);
  std::fclose(memory);
  const std::string text(data, size);
  std::free(data);
  std::map<std::string, Listed> result;
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(line, '|');
    if (fields.size() < 6) continue;
    const std::string name(trim(fields[0]));
    const std::string_view clients = trim(fields[1]);
    if (name == "Property" || name.starts_with("---")) continue;
    const PropertyScope scope = clients == "P"   ? PropertyScope::kProducer
                                : clients == "C" ? PropertyScope::kConsumer
                                                 : PropertyScope::kGlobal;
    const bool can_be_text = line.find("Type: see dedicated API") == std::string_view::npos &&
                             line.find("Type: pointer") == std::string_view::npos;
    result.emplace(name, Listed{scope, can_be_text});
  }
  return result;
}

Property property(std::string name, std::string value, Source source = Source::kProperty) {
  return {std::move(name), std::move(value), source, "a test"};
}

std::string read(std::string name, std::string value, Source source = Source::kProfile) {
  const auto result = read_reference(property(std::move(name), std::move(value), source));
  return result ? *result : "error: " + result.error().message();
}

}  // namespace

TEST_CASE("properties: the table holds what librdkafka lists, with its scope") {
  const std::map<std::string, Listed> listed = listed_by_librdkafka();
  REQUIRE(listed.size() > 100);
  std::set<std::string> table;
  for (const std::string& name : property_names()) table.insert(name);
  for (const auto& line : listed) {
    const std::string& name = line.first;
    const Listed& entry = line.second;
    CAPTURE(name);
    if (!entry.can_be_text || name == "builtin.features" || name == "interceptors" ||
        name == "enabled_events") {
      continue;
    }
    CHECK(table.contains(name));
    if (const PropertyInfo* info = property_info(name)) CHECK(info->scope == entry.scope);
  }
  for (const std::string& name : table) {
    CAPTURE(name);
    CHECK((listed.contains(name) || name.starts_with("kreel.")));
  }
}

TEST_CASE("properties: librdkafka takes a canonical name for the same setting as its aliases") {
  for (const std::string& name : property_names()) {
    const PropertyInfo* info = property_info(name);
    if (info == nullptr || info->name == info->canonical) continue;
    CAPTURE(name);
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[256];
    const char* value = "1";
    if (name == "metadata.broker.list") value = "h:1";
    if (name == "sasl.mechanisms") value = "PLAIN";
    if (name == "compression.codec") value = "gzip";
    if (name == "auto.commit.enable") value = "true";
    if (name == "fetch.message.max.bytes") value = "1000";
    CHECK(rd_kafka_conf_set(conf, name.c_str(), value, why, sizeof why) == RD_KAFKA_CONF_OK);
    char by_alias[256] = "";
    char by_canonical[256] = "";
    std::size_t alias_size = sizeof by_alias;
    std::size_t canonical_size = sizeof by_canonical;
    CHECK(rd_kafka_conf_get(conf, name.c_str(), by_alias, &alias_size) == RD_KAFKA_CONF_OK);
    CHECK(rd_kafka_conf_get(conf, std::string(info->canonical).c_str(), by_canonical,
                            &canonical_size) == RD_KAFKA_CONF_OK);
    CHECK(std::string(by_alias) == by_canonical);
    rd_kafka_conf_destroy(conf);
  }
}

TEST_CASE("properties: a stronger source replaces, a weaker one does not") {
  Properties properties;
  properties.set(property("client.id", "profile", Source::kProfile));
  properties.set(property("client.id", "builtin", Source::kBuiltIn));
  CHECK(properties.value("client.id") == "profile");
  properties.set(property("client.id", "flag", Source::kFlag));
  CHECK(properties.value("client.id") == "flag");
  properties.set(property("client.id", "flag 2", Source::kFlag));
  CHECK(properties.value("client.id") == "flag 2");
}

TEST_CASE("properties: names that mean the same are one property") {
  Properties properties;
  properties.set(property("metadata.broker.list", "a:1", Source::kProfile));
  properties.set(property("bootstrap.servers", "b:2", Source::kEnvironment));
  CHECK(properties.all().size() == 1);
  CHECK(properties.value("metadata.broker.list") == "b:2");
  properties.set(property("topic.request.required.acks", "1"));
  CHECK(properties.value("acks") == "1");
  CHECK(property_info("topic.metadata.refresh.sparse")->name == "topic.metadata.refresh.sparse");
  CHECK(property_info("topic.nonsense") == nullptr);
}

TEST_CASE("properties: secrets are not shown, references to them are") {
  for (const char* name : {"sasl.password", "ssl.key.password", "ssl.keystore.password",
                           "ssl.key.pem", "sasl.oauthbearer.client.secret"}) {
    CAPTURE(name);
    CHECK(property(name, "hunter2").shown() == "***");
    CHECK(property(name, "cmd:echo hunter2").shown() == "***");
    CHECK(property(name, "env:PW").shown() == "env:PW");
    CHECK(property(name, "file:/run/pw").shown() == "file:/run/pw");
  }
  CHECK(property("client.id", "me").shown() == "me");
}

TEST_CASE("properties: secrets come from the environment, a file or a command") {
  ::setenv("KREEL_TEST_SECRET", "s3cret", 1);
  CHECK(read("sasl.password", "env:KREEL_TEST_SECRET") == "s3cret");
  CHECK(read("sasl.username", "env:KREEL_TEST_SECRET") == "s3cret");
  CHECK(read("client.id", "env:KREEL_TEST_SECRET") == "env:KREEL_TEST_SECRET");
  CHECK(read("sasl.password", "cmd:printf 'a b\\n\\n'") == "a b\n");
  CHECK(read("sasl.password", "plain:text") == "plain:text");
  CHECK(read("sasl.password", "file:/dev/null").empty());
}

TEST_CASE("properties: a pipeline in a secret's command ends as in a shell") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  CHECK(read("sasl.password", "cmd:yes 2>&1 | head -n 1") == "y");
  CHECK(read("sasl.password", "cmd:(yes; true) 2>/dev/null | sed 1q; kill -PIPE $$") ==
        "error: sasl.password: the command was killed (a test)");
  CHECK((std::signal(SIGPIPE, before) == SIG_IGN));
}

TEST_CASE("properties: a secret that cannot be read says where, and nothing of its value") {
  CHECK(read("sasl.password", "env:KREEL_TEST_NO_SUCH") ==
        "error: sasl.password: KREEL_TEST_NO_SUCH is not in the environment (a test)");
  CHECK(read("sasl.password", "cmd:echo hunter2; exit 3") ==
        "error: sasl.password: the command ended with 3 (a test)");
  CHECK(read("sasl.password", "file:/no/such") ==
        "error: sasl.password: cannot read /no/such: no such file or directory");
  CHECK(read("sasl.password", "cmd:kill -9 $$") ==
        "error: sasl.password: the command was killed (a test)");
}

TEST_CASE("properties: a properties file of somebody else cannot run a command") {
  CHECK(read("sasl.password", "cmd:echo x", Source::kFile) ==
        "error: sasl.password: cmd: works in a profile only (a test)");
}

TEST_CASE("properties: a client gets the global ones and those of its scope") {
  Properties properties;
  properties.set(property("client.id", "me"));
  properties.set(property("acks", "all"));
  properties.set(property("isolation.level", "read_committed"));
  const auto names = [&](PropertyScope scope) {
    std::string text;
    const auto list = client_properties(properties, scope);
    REQUIRE(list);
    for (const ClientProperty& entry : *list) text += entry.name + " ";
    return text;
  };
  CHECK(names(PropertyScope::kGlobal) == "client.id ");
  CHECK(names(PropertyScope::kProducer) == "acks client.id ");
  CHECK(names(PropertyScope::kConsumer) == "client.id isolation.level ");
}
