#include "client/kerberos_ticket.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "client/rdkafka_support.hpp"
#include "support/temp_directory.hpp"

using namespace kreel;
using client::kinit_command;

namespace {

ClientConfig kerberos(std::map<std::string, std::string> properties) {
  properties["security.protocol"] = "SASL_PLAINTEXT";
  properties["sasl.mechanism"] = "GSSAPI";
  auto config = ClientConfig::from_properties(std::move(properties));
  REQUIRE(config);
  return *config;
}

Result<void> get_ticket(const ClientConfig& config) {
  return client::get_ticket(config, client::Deadline::in_ms(60'000));
}

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("kerberos ticket: kinit runs with a keytab, and with a command of the user's") {
  const auto command = [](std::map<std::string, std::string> properties) {
    const auto found = kinit_command(kerberos(std::move(properties)));
    REQUIRE_MESSAGE(found, (found ? std::string() : found.error().message()));
    return found->value_or("none");
  };
  CHECK(command({}) == "none");
  CHECK(command({{"sasl.kerberos.principal", "app"}}) == "none");
  CHECK(command({{"sasl.kerberos.keytab", "/k"}, {"sasl.kerberos.principal", "app"}}) ==
        "kinit -R -t \"/k\" -k app 2>/dev/null || kinit -t \"/k\" -k app");
  CHECK(command({{"sasl.kerberos.kinit.cmd", "log-in %{client.id} %{sasl.kerberos.principal}"},
                 {"client.id", "c"}}) == "log-in c kafkaclient");
  CHECK(command({{"sasl.kerberos.keytab", "/k"}, {"sasl.kerberos.min.time.before.relogin", "0"}}) ==
        "none");
}

TEST_CASE("kerberos ticket: a template that cannot be filled in is told") {
  const auto refused = [](const std::string& text) {
    const auto found = kinit_command(kerberos({{"sasl.kerberos.kinit.cmd", text}}));
    REQUIRE_FALSE(found);
    CHECK(found.error().kind() == ErrorKind::kUsage);
    return found.error().message();
  };
  CHECK(refused("kinit %{sasl.kerberos.keytab}") ==
        "sasl.kerberos.kinit.cmd: %{sasl.kerberos.keytab} is not set");
  CHECK(refused("kinit %{no.such}") == "sasl.kerberos.kinit.cmd: %{no.such} is not set");
  CHECK(refused("kinit %{client.id") == "sasl.kerberos.kinit.cmd: a %{ without its }");
}

TEST_CASE("kerberos ticket: kinit runs once for many connections, and again after a while") {
  const test::TempDirectory directory;
  const auto runs = directory / "runs";
  const std::string note = "echo -n x >>" + runs;
  const ClientConfig config = kerberos({{"sasl.kerberos.kinit.cmd", note}});
  CHECK(get_ticket(config));
  CHECK(get_ticket(config));
  CHECK(content(runs) == "x");
  const ClientConfig eager = kerberos(
      {{"sasl.kerberos.kinit.cmd", note + " "}, {"sasl.kerberos.min.time.before.relogin", "1"}});
  CHECK(get_ticket(eager));
  const auto begun = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(2)) continue;
  CHECK(get_ticket(eager));
  CHECK(content(runs) == "xxx");
}

TEST_CASE("kerberos ticket: a kinit that fails is told by what it printed last") {
  const auto failed = get_ticket(
      kerberos({{"sasl.kerberos.kinit.cmd", "cat; echo first >&2; echo 'kinit: no' >&2; exit 1"}}));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind() == ErrorKind::kAuthentication);
  CHECK(failed.error().message() == "no Kerberos ticket by kinit: kinit: no");
  CHECK(failed.error().hint().starts_with("check sasl.kerberos.keytab"));
  const auto silent = get_ticket(kerberos({{"sasl.kerberos.kinit.cmd", "exit 3"}}));
  REQUIRE_FALSE(silent);
  CHECK(silent.error().message() == "no Kerberos ticket by kinit: it ended with 3");
}

TEST_CASE("kerberos ticket: a KDC that does not answer is not waited for without end") {
  const auto begun = std::chrono::steady_clock::now();
  const auto failed =
      client::get_ticket(kerberos({{"sasl.kerberos.kinit.cmd", "echo asking; sleep 600; true"}}),
                         client::Deadline::in_ms(200));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(60));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind() == ErrorKind::kUnreachable);
  CHECK(failed.error().message() == "no Kerberos ticket by kinit: no answer in 200ms");
}

TEST_CASE("kerberos ticket: librdkafka runs no kinit of its own where a ticket is there") {
  const auto conf = client::make_rd_conf(kerberos({}), {}, {});
  REQUIRE(conf);
  std::string pause(512, '\0');
  std::size_t size = pause.size();
  REQUIRE(rd_kafka_conf_get(conf->get(), "sasl.kerberos.min.time.before.relogin", pause.data(),
                            &size) == RD_KAFKA_CONF_OK);
  CHECK(std::string(pause.c_str()) == "0");
}
