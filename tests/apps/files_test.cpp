// The file formats of the configuration: INI, Java properties, JAAS lines.
#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <random>

#include <unistd.h>
#include <kreel/jaas.hpp>

#include "cli/ini.hpp"
#include "cli/java_properties.hpp"

using namespace kreel;
using namespace kreel::cli;

namespace {

std::string show(const std::vector<IniEntry>& entries) {
  std::string text;
  for (const IniEntry& entry : entries) text += entry.name + "=" + entry.value + ";";
  return text;
}

std::string ini(std::string_view text) {
  const auto sections = parse_ini(text, "f");
  if (!sections) return sections.error().message();
  std::string shown;
  for (const IniSection& section : *sections) {
    shown += "[" + section.name + "]" + show(section.entries);
  }
  return shown;
}

std::string java(std::string_view text) {
  return show(parse_java_properties(text));
}

std::string translated(std::vector<IniEntry> entries) {
  const auto result = translate_java(entries, "f");
  return result ? show(*result) : result.error().message();
}

// A file with these first bytes, gone at the end of the test.
class TempFile {
 public:
  explicit TempFile(std::string_view bytes) {
    const int fd = ::mkstemp(path_);
    ::close(fd);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TempFile() { std::remove(path_); }
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/kreel-test-XXXXXX";
};

}  // namespace

TEST_CASE("ini: sections, comments and blanks") {
  CHECK(ini("[defaults]\n a = 1 \n# x\n;y\n\n[profile p]\r\nb=2\r\n") ==
        "[][defaults]a=1;[profile p]b=2;");
  CHECK(ini("[s]\na = 1 # one\nb = 1#2\nc = # nothing\n") == "[][s]a=1;b=1#2;c=;");
  CHECK(ini("[s]\na = \" # \" # c\nb = x\"y\"\n") == "[][s]a= # ;b=x\"y\";");
  CHECK(ini("\xef\xbb\xbf[s]\na=b=c") == "[][s]a=b=c;");
  CHECK(ini("") == "[]");
}

TEST_CASE("ini: without sections it is read as kcat does") {
  CHECK(ini("a=1 # one\nb=\"x\"\n") == "[]a=1 # one;b=\"x\";");
}

TEST_CASE("ini: a line that is nothing is named by its number") {
  CHECK(ini("[s]\nabc\n") == "f:2: expected \"name = value\"");
  CHECK(ini("= x\n") == "f:1: expected \"name = value\"");
  CHECK(ini("[s\n") == "f:1: a section is written [name]");
  CHECK(ini("[s] x\n") == "f:1: a section is written [name]");
  CHECK(ini("[s]\na = \"x\n") == "f:2: the closing quote is missing");
  CHECK(ini("[s]\na = \"x\" y\n") == "f:2: there is text after the closing quote");
}

TEST_CASE("java properties: separators, comments, continuations, escapes") {
  CHECK(java("a=1\nb: 2\nc 3\n d\t=\t4\n") == "a=1;b=2;c=3;d=4;");
  CHECK(java("# x\n! y\n\n  # z\na=#1\n") == "a=#1;");
  CHECK(java("a=1,\\\n   2,\\\r\n\t3\nb=4") == "a=1,2,3;b=4;");
  CHECK(java("a=x\\\\\nb=1") == "a=x\\;b=1;");
  CHECK(java("a\\ b\\==c\\td\\u00e9\\q") == "a b==c\td\xc3\xa9q;");
  CHECK(java("a=\\u12") == "a=u12;");
  CHECK(java("a") == "a=;");
  CHECK(java("a=b=c:d") == "a=b=c:d;");
}

TEST_CASE("jaas: module, options, quotes and escapes") {
  const auto login = parse_jaas(
      "org.x.PlainLoginModule required\n username=\"a b\" password='it\\'s' debug=true ;");
  REQUIRE(login);
  CHECK(login->module == "org.x.PlainLoginModule");
  REQUIRE(login->options.size() == 3);
  CHECK(login->options[0].value == "a b");
  CHECK(login->options[1].value == "it's");
  CHECK(login->options[2].value == "true");
}

TEST_CASE("jaas: mistakes are named without the password") {
  for (const char* text : {"", "M", "M required", "M required username=\"u\" password=\"hunter2\"",
                           "M required password=\"hunter2", "M required password \"hunter2\";",
                           "M required password=\"hunter2\"; more", "M username=\"u\";"}) {
    CAPTURE(text);
    const auto login = parse_jaas(text);
    REQUIRE(!login);
    CHECK(login.error().message().find("hunter2") == std::string::npos);
    CHECK(login.error().hint().find("hunter2") == std::string::npos);
  }
}

TEST_CASE("java names: renamed, dropped, passed on") {
  CHECK(translated({{"fetch.max.wait.ms", "5", 1}}) == "fetch.wait.max.ms=5;");
  CHECK(translated({{"key.serializer", "x", 1}, {"acks", "1", 2}}) == "acks=1;");
  CHECK(translated({{"ssl.endpoint.identification.algorithm", "", 1}}) ==
        "ssl.endpoint.identification.algorithm=none;");
  CHECK(translated({{"no.such.name", "x", 1}}) == "no.such.name=x;");
  CHECK(translated({{"sasl.client.callback.handler.class", "x.Y", 3}}) ==
        "f:3: sasl.client.callback.handler.class: a Java class cannot be used here");
}

TEST_CASE("java names: the path of kinit is dropped, a command of kinit is not") {
  CHECK(translated({{"sasl.kerberos.kinit.cmd", "/usr/bin/kinit", 1},
                    {"sasl.kerberos.ticket.renew.jitter", "0.1", 2}}) == "");
  CHECK(translated({{"sasl.kerberos.kinit.cmd", "kinit -k app", 1}}) ==
        "sasl.kerberos.kinit.cmd=kinit -k app;");
}

TEST_CASE("java names: the login line becomes user, password or token settings") {
  CHECK(translated({{"sasl.jaas.config", "o.ScramLoginModule required username=u password=p;",
                     1}}) == "sasl.username=u;sasl.password=p;");
  CHECK(translated({{"sasl.jaas.config",
                     "o.OAuthBearerLoginModule required clientId=c clientSecret=s;", 1}}) ==
        "sasl.oauthbearer.method=oidc;sasl.oauthbearer.client.id=c;"
        "sasl.oauthbearer.client.secret=s;");
  CHECK(translated({{"sasl.jaas.config",
                     "com.sun.security.auth.module.Krb5LoginModule required keyTab=\"/k\" "
                     "serviceName=broker;",
                     1}}) == "sasl.kerberos.keytab=/k;sasl.kerberos.service.name=broker;");
  CHECK(translated({{"sasl.jaas.config", "x.OtherModule required;", 4}}) ==
        "f:4: sasl.jaas.config: login module \"OtherModule\" is not supported");
}

TEST_CASE("java stores: the first bytes decide, not the declared type") {
  const TempFile pem("Bag Attributes\n-----BEGIN CERTIFICATE-----\n");
  const TempFile jks(std::string_view("\xfe\xed\xfe\xed\0\0", 6));
  const TempFile pkcs12(std::string_view("\x30\x82\x01", 3));
  CHECK(translated({{"ssl.truststore.location", pem.path(), 1},
                    {"ssl.truststore.type", "JKS", 2}}) == "ssl.ca.location=" + pem.path() + ";");
  CHECK(translated({{"ssl.keystore.location", pem.path(), 1}}) ==
        "ssl.certificate.location=" + pem.path() + ";ssl.key.location=" + pem.path() + ";");
  CHECK(translated({{"ssl.keystore.location", pkcs12.path(), 1}}) ==
        "ssl.keystore.location=" + pkcs12.path() + ";");
  for (const char* name : {"ssl.truststore.location", "ssl.keystore.location"}) {
    const auto result = translate_java({{name, jks.path(), 1}}, "f");
    REQUIRE(!result);
    CHECK(result.error().message().find("is a Java keystore (JKS)") != std::string::npos);
    CHECK(result.error().hint().starts_with("keytool "));
  }
  // Opened at once: librdkafka takes the certificates as PEM.
  const auto trust = translate_java({{"ssl.truststore.location", pkcs12.path(), 1}}, "f");
  REQUIRE(!trust);
  CHECK(trust.error().kind() == ErrorKind::kUsage);
  CHECK(trust.error().message().find("no PKCS12 store") != std::string::npos);
  CHECK(translated({{"ssl.truststore.location", "/no/such", 1}}) ==
        "f:1: ssl.truststore.location: cannot read /no/such: no such file or directory");
}

TEST_CASE("Java's properties: classes that assign partitions are librdkafka's names") {
  const auto assignors = [](std::string value) {
    return translated({{"partition.assignment.strategy", std::move(value), 1}});
  };
  const std::string package = "org.apache.kafka.clients.consumer.";
  CHECK(assignors(package + "RoundRobinAssignor") == "partition.assignment.strategy=roundrobin;");
  CHECK(assignors(package + "RangeAssignor, " + package + "CooperativeStickyAssignor") ==
        "partition.assignment.strategy=range;");
  CHECK(assignors(package + "CooperativeStickyAssignor") ==
        "partition.assignment.strategy=cooperative-sticky;");
  CHECK(assignors("range,roundrobin") == "partition.assignment.strategy=range,roundrobin;");
  CHECK(assignors(package + "StickyAssignor") ==
        "partition.assignment.strategy=" + package + "StickyAssignor;");
}

TEST_CASE("configuration files: no bytes make the parsers crash") {
  std::mt19937_64 random(11);
  constexpr std::string_view kLetters = "ab=:# \t\n\r\\\"'[];u0041\xff\xc3";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint64_t size = random() % 40; size > 0; --size) {
      text += kLetters[random() % kLetters.size()];
    }
    static_cast<void>(parse_ini(text, "f"));
    static_cast<void>(translate_java(parse_java_properties(text), "f"));
    static_cast<void>(parse_jaas(text));
    static_cast<void>(parse_jaas("M required " + text));
  }
}
