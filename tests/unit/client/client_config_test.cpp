#include "kreel/client_config.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace kreel;

TEST_CASE("client config: endpoints in every form that people write") {
  const struct {
    std::string_view text;
    std::string_view host;
    int port;
  } cases[] = {
      {"k1", "k1", 9092},
      {"k1:9093", "k1", 9093},
      {"PLAINTEXT://k1:9093", "k1", 9093},
      {"[::1]:9093", "::1", 9093},
      {"[::1]", "::1", 9092},
      {"fe80::1", "fe80::1", 9092},
      {"10.0.0.7:1", "10.0.0.7", 1},
  };
  for (const auto& one : cases) {
    CAPTURE(one.text);
    const auto endpoint = Endpoint::parse(one.text);
    REQUIRE(endpoint);
    CHECK(endpoint->host == one.host);
    CHECK(endpoint->port == one.port);
  }
  for (const char* bad : {"", ":9092", "k1:", "k1:0", "k1:65536", "k1:x", "[::1", "[::1]x"}) {
    CAPTURE(bad);
    const auto endpoint = Endpoint::parse(bad);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().kind() == ErrorKind::kUsage);
  }
  CHECK(Endpoint{"::1", 9092}.to_string() == "[::1]:9092");
}

TEST_CASE("client config: librdkafka's names fill the fields, and everything is kept") {
  const auto config = ClientConfig::from_properties({{"bootstrap.servers", "k1:1, k2:2,"},
                                                     {"client.id", "me"},
                                                     {"security.protocol", "ssl"},
                                                     {"socket.timeout.ms", "1500"},
                                                     {"broker.address.family", "v4"},
                                                     {"acks", "1"}});
  REQUIRE(config);
  CHECK(config->bootstrap_servers == std::vector<Endpoint>{{"k1", 1}, {"k2", 2}});
  CHECK(config->client_id == "me");
  CHECK(config->security_protocol == SecurityProtocol::kSsl);
  CHECK(config->timeout_ms == 1'500);
  CHECK(config->address_family == AddressFamily::kV4);
  CHECK(config->properties.at("acks") == "1");
}

TEST_CASE("client config: malformed values are wrong usage, named by key") {
  const std::pair<std::string, std::string> cases[] = {
      {"bootstrap.servers", ","},  {"security.protocol", "TLS"},    {"socket.timeout.ms", "10s"},
      {"socket.timeout.ms", "-1"}, {"broker.address.family", "v5"},
  };
  for (const auto& setting : cases) {
    CAPTURE(setting.second);
    const auto config = ClientConfig::from_properties({setting});
    REQUIRE_FALSE(config);
    CHECK(config.error().kind() == ErrorKind::kUsage);
    CHECK(
        config.error().message().starts_with(setting.first + "=" + setting.second + ": expected "));
  }
}

TEST_CASE("client config: librdkafka's property names are known, also those without a default") {
  const auto names = known_property_names();
  for (const char* name : {"bootstrap.servers", "acks", "sasl.username", "ssl.ca.location",
                           "partition.assignment.strategy", "linger.ms"}) {
    CAPTURE(name);
    CHECK(std::ranges::binary_search(names, std::string(name)));
  }
}
