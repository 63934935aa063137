#include "server/start_options.hpp"

#include <doctest/doctest.h>

using namespace kreel;
using server::parse_flush;
using server::parse_listener;
using server::parse_topic;

TEST_CASE("start options: a listener is HOST:PORT, with a scheme and a name where wanted") {
  const auto plain = parse_listener("127.0.0.1:9092");
  REQUIRE(plain);
  CHECK(plain->host == "127.0.0.1");
  CHECK(plain->port == 9092);
  CHECK(plain->name == "PLAINTEXT");
  const auto named = parse_listener("INSIDE=PLAINTEXT://broker:19092");
  REQUIRE(named);
  CHECK(named->name == "INSIDE");
  CHECK(named->protocol == "PLAINTEXT");
  CHECK(named->host == "broker");
  const auto ipv6 = parse_listener("PLAINTEXT://[::1]:9092");
  REQUIRE(ipv6);
  CHECK(ipv6->host == "::1");
  CHECK(parse_listener(":0")->host == "127.0.0.1");
}

TEST_CASE("start options: a listener without a port, or with a wrong one, is refused") {
  for (const char* text : {"localhost", "localhost:", "localhost:x", "localhost:65536", "h:-1"}) {
    const auto listener = parse_listener(text);
    REQUIRE_FALSE(listener);
    CHECK(listener.error().kind() == ErrorKind::kUsage);
  }
}

TEST_CASE("start options: the three ways to flush") {
  CHECK(parse_flush("commit")->mode == storage::FlushMode::kCommit);
  CHECK(parse_flush("os")->mode == storage::FlushMode::kOs);
  const auto interval = parse_flush("interval:250");
  REQUIRE(interval);
  CHECK(interval->mode == storage::FlushMode::kInterval);
  CHECK(interval->interval_ms == 250);
  for (const char* text : {"", "interval", "interval:", "interval:0", "interval:-5", "always"}) {
    CHECK_FALSE(parse_flush(text));
  }
}

TEST_CASE("start options: a topic is a name, then partitions, replicas and cleanup policy") {
  CHECK(parse_topic("orders", 3)->partition_count == 3);
  CHECK(parse_topic("orders:6", 3)->partition_count == 6);
  CHECK_FALSE(parse_topic("orders:none", 3));
  CHECK_FALSE(parse_topic("orders:0", 3));
  CHECK(parse_topic("orders:6:1", 3)->configs.empty());
  CHECK(parse_topic("orders:6:3:compact", 3)->configs.at("cleanup.policy") == "compact");
  for (const char* text : {"", "a/b:1", "orders:1:0", "orders:1:x", "orders:1:1:keep", "o:1:1::"}) {
    CAPTURE(text);
    const auto topic = parse_topic(text, 3);
    REQUIRE_FALSE(topic);
    CHECK(topic.error().kind() == ErrorKind::kUsage);
  }
}

TEST_CASE("start options: advertised.listeners speak of --listen and of the default, too") {
  BrokerOptions options;
  options.ephemeral = true;
  options.config["advertised.listeners"] = "PLAINTEXT://example.org:29092";
  CHECK(server::resolve_start_options(options)->config.listeners.at(0).advertised_port == 29092);
  options.listen = {"127.0.0.1:0"};
  const auto resolved = server::resolve_start_options(options);
  REQUIRE(resolved);
  CHECK(resolved->config.listeners.at(0).host == "127.0.0.1");
  CHECK(resolved->config.listeners.at(0).advertised_host == "example.org");
  options.listen = {"OTHER=PLAINTEXT://127.0.0.1:0"};
  CHECK_FALSE(server::resolve_start_options(options));
}

TEST_CASE("start options: a cluster id is one word") {
  BrokerOptions options;
  options.ephemeral = true;
  options.cluster_id = "4L6g3nShT-eMCtK--X86sw";
  CHECK(server::resolve_start_options(options)->cluster_id == options.cluster_id);
  for (const auto& id : {std::string("a b"), std::string("a\nb"), std::string(129, 'a')}) {
    options.cluster_id = id;
    CHECK_FALSE(server::resolve_start_options(options));
  }
}

TEST_CASE("start options: an address that others can reach needs --insecure") {
  BrokerOptions options;
  options.ephemeral = true;
  options.listen = {"PLAINTEXT://0.0.0.0:0"};
  const auto refused = server::resolve_start_options(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::kUsage);
  options.insecure = true;
  CHECK(server::resolve_start_options(options));
}

TEST_CASE("start options: metrics need a port, and without a host stay on this machine") {
  BrokerOptions options;
  options.ephemeral = true;
  CHECK_FALSE(server::resolve_start_options(options)->metrics.has_value());
  options.metrics_listen = "[::1]:9404";
  CHECK(server::address_text(*server::resolve_start_options(options)->metrics) == "[::1]:9404");
  options.metrics_listen = ":9404";
  CHECK(server::address_text(*server::resolve_start_options(options)->metrics) == "127.0.0.1:9404");
  options.metrics_listen = "localhost";
  const auto refused = server::resolve_start_options(options);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind() == ErrorKind::kUsage);
}
