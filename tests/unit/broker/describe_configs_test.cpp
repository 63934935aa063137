#include <doctest/doctest.h>

#include <algorithm>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::DescribeConfigs;
using protocol::DescribeConfigsRequest;
using protocol::ErrorCode;
using Answer = protocol::DescribeConfigsResponse::DescribeConfigsResult;
using Entry = protocol::DescribeConfigsResponse::DescribeConfigsResourceResult;

namespace {

Answer describe(test::BrokerFixture& fixture, std::int8_t type, const std::string& name,
                std::optional<std::vector<std::string>> keys = std::nullopt,
                protocol::Version version = 4) {
  DescribeConfigsRequest request;
  request.resources.push_back(
      {.resource_type = type, .resource_name = name, .configuration_keys = std::move(keys)});
  request.include_synonyms = true;
  auto response = fixture.call<DescribeConfigs>(request, version);
  REQUIRE(response.results.size() == 1);
  CHECK(response.results[0].resource_type == type);
  CHECK(response.results[0].resource_name == name);
  return response.results[0];
}

Entry entry(const Answer& answer, const std::string& name) {
  const auto found = std::ranges::find(answer.configs, name, &Entry::name);
  REQUIRE_MESSAGE(found != answer.configs.end(), name);
  return *found;
}

}  // namespace

TEST_CASE("describe configs: a topic's settings with values, sources and types") {
  test::BrokerFixture fixture(
      catalog::ConfigMap{{"log.retention.hours", "2"}, {"message.max.bytes", "5000"}});
  fixture.create_topic("a", 1, {{"cleanup.policy", "compact"}});
  for (protocol::Version version = 1; version <= 4; ++version) {
    const Answer answer = describe(fixture, 2, "a", std::nullopt, version);
    CHECK(answer.error_code == ErrorCode::NONE);
    CHECK(answer.configs.size() == 34);
    CHECK(entry(answer, "cleanup.policy").value == "compact");
    CHECK(entry(answer, "cleanup.policy").config_source == 1);
    CHECK(!entry(answer, "cleanup.policy").read_only);
    CHECK(entry(answer, "retention.ms").value == "7200000");
    CHECK(entry(answer, "retention.ms").config_source == 4);
    CHECK(entry(answer, "max.message.bytes").value == "5000");
    CHECK(entry(answer, "segment.bytes").config_source == 5);
    if (version >= 3) CHECK(entry(answer, "segment.bytes").config_type == 3);
    if (version >= 3) CHECK(entry(answer, "cleanup.policy").config_type == 7);
    const auto synonyms = entry(answer, "cleanup.policy").synonyms;
    REQUIRE(synonyms.size() == 2);
    CHECK(synonyms[0].source == 1);
    CHECK(synonyms[1].name == "log.cleanup.policy");
    CHECK(synonyms[1].value == "delete");
  }
}

TEST_CASE("describe configs: only the keys that were asked for") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  CHECK(describe(fixture, 2, "a", {{"retention.ms", "nonsense"}}).configs.size() == 1);
  CHECK(describe(fixture, 2, "a", std::vector<std::string>{}).configs.size() == 34);
}

TEST_CASE("describe configs: this broker, with what it knows itself") {
  test::BrokerFixture fixture(catalog::ConfigMap{{"ssl.key.password", "hunter2"}});
  const Answer answer = describe(fixture, 4, "1");
  CHECK(answer.configs.size() == 342);
  CHECK(entry(answer, "node.id").value == "1");
  CHECK(entry(answer, "log.dirs").value == "/data");
  CHECK(entry(answer, "num.partitions").read_only);
  CHECK(entry(answer, "listeners").read_only);
  CHECK(!entry(answer, "log.retention.ms").read_only);
  CHECK(!entry(answer, "log.retention.ms").value);
  CHECK(entry(answer, "ssl.key.password").is_sensitive);
  CHECK(!entry(answer, "ssl.key.password").value);
  CHECK(entry(answer, "ssl.key.password").config_source == 4);
}

TEST_CASE("describe configs: without an error the message is empty, not null, as in Kafka") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders");
  CHECK(describe(fixture, 2, "orders").error_message == "");
}

TEST_CASE("describe configs: the default broker has what was set for all brokers") {
  test::BrokerFixture fixture;
  CHECK(describe(fixture, 4, "").configs.empty());
  REQUIRE(fixture.catalog().set_broker_configs(true, {{"log.retention.ms", "7"}}).ok());
  const Answer answer = describe(fixture, 4, "");
  REQUIRE(answer.configs.size() == 1);
  CHECK(answer.configs[0].value == "7");
  CHECK(answer.configs[0].config_source == 3);
  CHECK(entry(describe(fixture, 4, "1"), "log.retention.ms").config_source == 3);
}

TEST_CASE("describe configs: other resources have nothing, other names an error") {
  test::BrokerFixture fixture;
  CHECK(describe(fixture, 2, "nobody").error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(describe(fixture, 2, "a b").error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(describe(fixture, 4, "2").error_code == ErrorCode::INVALID_REQUEST);
  CHECK(describe(fixture, 4, "one").error_message ==
        "Broker id must be an integer, but it is: one");
  CHECK(describe(fixture, 8, "1").error_code == ErrorCode::NONE);
  CHECK(describe(fixture, 8, "").error_code == ErrorCode::INVALID_REQUEST);
  CHECK(describe(fixture, 16, "x").configs.empty());
  CHECK(describe(fixture, 32, "").error_code == ErrorCode::INVALID_REQUEST);
  CHECK(describe(fixture, 99, "x").error_code == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("describe configs: a group has its own settings, else those of the broker") {
  test::BrokerFixture fixture(catalog::ConfigMap{{"group.share.heartbeat.interval.ms", "7000"}});
  REQUIRE(
      fixture.catalog().set_group_configs("g", {{"consumer.session.timeout.ms", "50000"}}).ok());
  const Answer answer = describe(fixture, 32, "g");
  CHECK(answer.configs.size() == 17);
  CHECK(entry(answer, "consumer.session.timeout.ms").value == "50000");
  CHECK(entry(answer, "consumer.session.timeout.ms").config_source == 8);
  CHECK(entry(answer, "share.heartbeat.interval.ms").value == "7000");
  CHECK(entry(answer, "share.heartbeat.interval.ms").config_source == 4);
  CHECK(entry(answer, "share.auto.offset.reset").value == "latest");
  CHECK(entry(answer, "share.auto.offset.reset").config_source == 5);
  const auto of_no_broker = entry(answer, "share.auto.offset.reset").synonyms;
  REQUIRE(of_no_broker.size() == 1);
  CHECK(of_no_broker[0].name == "share.auto.offset.reset");
  CHECK(of_no_broker[0].value == "latest");
  CHECK(of_no_broker[0].source == 5);
  CHECK(entry(describe(fixture, 32, "nobody"), "consumer.session.timeout.ms").value == "45000");
}

TEST_CASE("describe configs: no request has more than a thousand groups described") {
  test::BrokerFixture fixture;
  DescribeConfigsRequest request;
  using Keys = std::vector<std::string>;
  for (int i = 0; i < 1001; ++i) {
    request.resources.push_back({.resource_type = 32,
                                 .resource_name = fmt::format("g{}", i),
                                 .configuration_keys = Keys{"share.isolation.level"}});
  }
  const auto response = fixture.call<DescribeConfigs>(request);
  REQUIRE(response.results.size() == 1001);
  CHECK(response.results[999].error_code == ErrorCode::NONE);
  CHECK(response.results[1000].error_code == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("describe configs: each setting says what it is for, to those who ask") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  DescribeConfigsRequest request;
  request.include_documentation = true;
  request.resources = {{.resource_type = 2, .resource_name = "a", .configuration_keys = {}},
                       {.resource_type = 4, .resource_name = "1", .configuration_keys = {}},
                       {.resource_type = 32, .resource_name = "g", .configuration_keys = {}}};
  for (const Answer& answer : fixture.call<DescribeConfigs>(request).results) {
    for (const Entry& config : answer.configs) {
      CHECK_MESSAGE(!config.documentation.value_or("").empty(), config.name);
    }
  }
  const std::string of_topic =
      "Segments go when their newest record is older than this; -1 is never.";
  const auto response = fixture.call<DescribeConfigs>(request);
  CHECK(entry(response.results[0], "retention.ms").documentation == of_topic);
  CHECK(entry(response.results[1], "log.retention.ms").documentation == of_topic);
  CHECK(!entry(describe(fixture, 2, "a"), "retention.ms").documentation);
}

TEST_CASE("describe configs: a resource named often is answered once, with all asked of it") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  DescribeConfigsRequest request;
  using Keys = std::vector<std::string>;
  request.resources = {
      {.resource_type = 2, .resource_name = "a", .configuration_keys = Keys{"segment.ms"}},
      {.resource_type = 4, .resource_name = "1", .configuration_keys = Keys{"node.id"}},
      {.resource_type = 2, .resource_name = "a", .configuration_keys = Keys{"cleanup.policy"}},
      {.resource_type = 2, .resource_name = "a", .configuration_keys = Keys{"segment.ms"}}};
  auto response = fixture.call<DescribeConfigs>(request);
  REQUIRE(response.results.size() == 2);
  CHECK(response.results[0].configs.size() == 2);
  entry(response.results[0], "segment.ms");
  entry(response.results[0], "cleanup.policy");
  CHECK(response.results[1].configs.size() == 1);

  request.resources.push_back({.resource_type = 2, .resource_name = "a"});
  response = fixture.call<DescribeConfigs>(request);
  REQUIRE(response.results.size() == 2);
  CHECK(response.results[0].configs.size() == 34);
}
