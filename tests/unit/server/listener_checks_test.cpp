#include <doctest/doctest.h>

#include "server/start_options.hpp"

using namespace kreel;
using server::resolve_start_options;

namespace {

using Settings = std::map<std::string, std::string>;

/// "" when the broker would start.
std::string problem(const std::vector<std::string>& listen, const Settings& settings,
                    bool skips_unknown = false) {
  BrokerOptions options;
  options.ephemeral = true;
  options.listen = listen;
  options.skip_unknown_settings = skips_unknown;
  for (const auto& [name, value] : settings) options.config[name] = value;
  const auto resolved = resolve_start_options(options);
  if (resolved) return "";
  CHECK(resolved.error().kind() == ErrorKind::kUsage);
  return resolved.error().message();
}

std::string protocol_of(const std::string& listen, const std::string& map) {
  BrokerOptions options;
  options.ephemeral = true;
  options.listen = {listen};
  options.config["listener.security.protocol.map"] = map;
  const auto resolved = resolve_start_options(options);
  return resolved ? resolved->config.listeners.front().protocol : resolved.error().message();
}

const std::vector<std::string> kPlain{"IN=PLAINTEXT://127.0.0.1:0"};
const std::vector<std::string> kTls{"IN=SSL://127.0.0.1:0"};
const std::vector<std::string> kSasl{"IN=SASL_PLAINTEXT://127.0.0.1:0"};
const std::vector<std::string> kBoth{"IN=SASL_SSL://127.0.0.1:0"};

}  // namespace

TEST_CASE("listener checks: listener.security.protocol.map speaks of --listen, too") {
  CHECK(protocol_of("127.0.0.1:0", "PLAINTEXT:SSL") == "SSL");
  CHECK(protocol_of("PLAINTEXT://127.0.0.1:0", "plaintext:SASL_SSL") == "SASL_SSL");
  CHECK(protocol_of("outside://127.0.0.1:0", "OUTSIDE:SSL") == "SSL");
  CHECK(protocol_of("OUTSIDE=SSL://127.0.0.1:0", "OUTSIDE:SSL") == "SSL");
  CHECK(protocol_of("127.0.0.1:0", "OUTSIDE:SSL") == "PLAINTEXT");
  CHECK(protocol_of("OUTSIDE=PLAINTEXT://127.0.0.1:0", "OUTSIDE:SSL") ==
        "listener \"OUTSIDE=PLAINTEXT://127.0.0.1:0\": listener.security.protocol.map says SSL");
  CHECK(protocol_of("127.0.0.1:0", "PLAINTEXT:TLS").find("the protocol TLS is none of") !=
        std::string::npos);
}

TEST_CASE("listener checks: a setting that would protect nobody is refused (CVE-2026-33557)") {
  CHECK(problem(kPlain, {{"ssl.client.auth", "required"}}) ==
        "ssl.client.auth: no listener has TLS");
  CHECK(problem(kPlain, {{"ssl.keystore.location", "k.p12"}}) != "");
  CHECK(problem(kSasl, {{"ssl.client.auth", "required"}}) != "");
  CHECK(problem(kTls, {{"sasl.enabled.mechanisms", "PLAIN"}}) ==
        "sasl.enabled.mechanisms: no listener has SASL");
  CHECK(problem(kPlain, {{"connections.max.reauth.ms", "60000"}}) != "");
  CHECK(problem(kPlain, {{"listener.name.in.ssl.client.auth", "required"}}) ==
        "listener.name.in.ssl.client.auth: listener in has no TLS");
  CHECK(problem(kPlain, {{"listener.name.out.ssl.client.auth", "required"}}) ==
        "listener.name.out.ssl.client.auth: there is no listener out");
  CHECK(problem(kBoth, {{"ssl.client.auth", "required"}}) ==
        "ssl.client.auth: SASL_SSL listeners take their own alone");
  CHECK(problem(kSasl, {{"sasl.jaas.config", "x.Y required;"}}) ==
        "sasl.jaas.config: it does not say for which listener and mechanism");
  CHECK(problem(kSasl, {{"listener.name.in.sasl.jaas.config", "x.Y required;"}}) != "");
}

TEST_CASE("listener checks: a setting of TLS or SASL that is misspelt is not skipped") {
  CHECK(problem(kTls, {{"ssl.client.auht", "required"}}, true) ==
        "there is no setting \"ssl.client.auht\"");
  CHECK(problem(kTls, {{"listener.name.in.ssl.client.auht", "required"}}, true) ==
        "there is no setting \"listener.name.in.ssl.client.auht\"");
  CHECK(problem(kPlain, {{"some.setting", "x"}}, true) == "");
}

TEST_CASE("listener checks: what would let others in than Kafka does is refused") {
  for (const char* name :
       {"sasl.server.callback.handler.class", "listener.name.in.principal.builder.class",
        "listener.name.in.plain.sasl.server.callback.handler.class", "ssl.engine.factory.class",
        "sasl.oauthbearer.jwt.validator.class", "security.providers"}) {
    CAPTURE(name);
    CHECK(problem(kBoth, {{name, "org.example.Own"}}).starts_with("kreel has no "));
    CHECK(problem(kBoth, {{name, ""}}) == "");
  }
}

TEST_CASE("listener checks: settings that say nothing, or speak of what is there, are taken") {
  CHECK(problem(kPlain, {{"ssl.client.auth", "none"}, {"ssl.keystore.location", ""}}) == "");
  CHECK(problem(kTls, {{"ssl.client.auth", "required"}}) == "");
  CHECK(problem(kBoth, {{"listener.name.in.ssl.client.auth", "required"}}) == "");
  CHECK(problem(kSasl, {{"sasl.enabled.mechanisms", "PLAIN"}}) == "");
  CHECK(problem(kSasl, {{"listener.name.in.plain.sasl.jaas.config", "x.Y required;"}}) == "");
  // What a broker needs to reach others, or to start Kerberos, has nothing to do here.
  CHECK(problem(kPlain, {{"sasl.mechanism.inter.broker.protocol", "PLAIN"},
                         {"sasl.kerberos.service.name", "kafka"}}) == "");
}

TEST_CASE("listener checks: what a controller's listener uses is not missed here") {
  const Settings controller{{"controller.listener.names", "CONTROLLER"},
                            {"listener.security.protocol.map", "CONTROLLER:SSL,IN:PLAINTEXT"}};
  Settings tls = controller;
  tls["ssl.keystore.location"] = "k.p12";
  CHECK(problem(kPlain, tls) == "");
  Settings own = controller;
  own["listener.name.controller.ssl.client.auth"] = "required";
  CHECK(problem(kPlain, own) == "");
  Settings sasl = controller;
  sasl["sasl.enabled.mechanisms"] = "PLAIN";
  CHECK(problem(kPlain, sasl) == "sasl.enabled.mechanisms: no listener has SASL");
}

TEST_CASE("listener checks: --tls and an address of others") {
  BrokerOptions options;
  options.ephemeral = true;
  options.tls_directory = "certs";
  options.listen = {"PLAINTEXT://127.0.0.1:0"};
  REQUIRE_FALSE(resolve_start_options(options));
  CHECK(resolve_start_options(options).error().message() == "--tls: no listener has TLS");
  // A name that looks like a loopback address is none.
  CHECK(problem({"127.example.org:0"}, {}).starts_with("127.example.org:0 can be reached"));
  CHECK(problem({"127.1.2.3:0"}, {}) == "");
}
