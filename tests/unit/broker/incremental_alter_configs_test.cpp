#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::AlterConfigs;
using protocol::ErrorCode;
using protocol::IncrementalAlterConfigs;
using Change = protocol::IncrementalAlterConfigsRequest::AlterableConfig;

namespace {

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
constexpr std::int8_t kGroup = 32;

Change change(std::int8_t operation, const std::string& name,
              std::optional<std::string> value = std::nullopt) {
  return {.name = name, .config_operation = operation, .value = std::move(value)};
}

ErrorCode alter(test::BrokerFixture& fixture, std::int8_t type, const std::string& name,
                std::vector<Change> changes, bool validate_only = false) {
  protocol::IncrementalAlterConfigsRequest request;
  request.resources.push_back(
      {.resource_type = type, .resource_name = name, .configs = std::move(changes)});
  request.validate_only = validate_only;
  return fixture.call<IncrementalAlterConfigs>(request).responses.at(0).error_code;
}

catalog::ConfigMap overrides(test::BrokerFixture& fixture) {
  return fixture.catalog().snapshot()->find("a")->overrides;
}

}  // namespace

TEST_CASE("incremental alter configs: set and delete change the topic's log, and outlive a crash") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 1, {{"segment.ms", "9"}});
  CHECK(alter(fixture, kTopic, "a", {change(0, "retention.ms", " 5 "), change(1, "segment.ms")}) ==
        ErrorCode::NONE);
  CHECK(overrides(fixture) == catalog::ConfigMap{{"retention.ms", "5"}});
  CHECK(fixture.catalog().snapshot()->find("a")->partition(0)->config().retention_ms == 5);
  fixture.kill_and_restart();
  CHECK(overrides(fixture) == catalog::ConfigMap{{"retention.ms", "5"}});
}

TEST_CASE("alter configs: a setting without name and value is refused, in both requests") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  CHECK(alter(fixture, kTopic, "a", {change(0, "")}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kTopic, "a", {change(2, "")}) == ErrorCode::INVALID_REQUEST);
  protocol::AlterConfigsRequest request;
  request.resources.push_back({.resource_type = kTopic,
                               .resource_name = "a",
                               .configs = {{.name = "", .value = std::nullopt}}});
  CHECK(fixture.call<AlterConfigs>(request).responses.at(0).error_code ==
        ErrorCode::INVALID_REQUEST);
}

TEST_CASE("incremental alter configs: lists are appended to and subtracted from, once") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  CHECK(alter(fixture, kTopic, "a", {change(2, "cleanup.policy", "compact")}) == ErrorCode::NONE);
  CHECK(overrides(fixture).at("cleanup.policy") == "delete,compact");
  CHECK(alter(fixture, kTopic, "a", {change(2, "cleanup.policy", "compact")}) == ErrorCode::NONE);
  CHECK(overrides(fixture).at("cleanup.policy") == "delete,compact");
  CHECK(alter(fixture, kTopic, "a", {change(3, "cleanup.policy", "delete,none")}) ==
        ErrorCode::NONE);
  CHECK(overrides(fixture).at("cleanup.policy") == "compact");
  CHECK(alter(fixture, kTopic, "a", {change(2, "retention.ms", "5")}) == ErrorCode::INVALID_CONFIG);
}

TEST_CASE("incremental alter configs: each mistake has Kafka's error and changes nothing") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  const auto set = change(0, "retention.ms", "5");
  CHECK(alter(fixture, kTopic, "a", {set, change(0, "nonsense", "1")}) ==
        ErrorCode::INVALID_CONFIG);
  CHECK(alter(fixture, kTopic, "a", {set, change(1, "retention.ms")}) ==
        ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kTopic, "a", {change(0, "retention.ms")}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kTopic, "a", {change(9, "retention.ms", "1")}) ==
        ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kTopic, "a", {change(0, "retention.ms", "x")}) == ErrorCode::INVALID_CONFIG);
  CHECK(alter(fixture, kTopic, "nobody", {set}) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(alter(fixture, kTopic, "a b", {set}) == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(alter(fixture, kTopic, "", {set}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kBroker, "2", {set}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kBroker, "x", {set}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, 16, "x", {set}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, 99, "x", {set}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kTopic, "a", {set}, true) == ErrorCode::NONE);
  CHECK(overrides(fixture).empty());
}

TEST_CASE("incremental alter configs: more replicas in sync than there are is refused") {
  test::BrokerFixture fixture;
  const auto set = [&](const char* broker, const char* value) {
    return alter(fixture, kBroker, broker, {change(0, "min.insync.replicas", value)});
  };
  CHECK(set("", "2") == ErrorCode::INVALID_CONFIG);
  CHECK(set("1", "2") == ErrorCode::INVALID_CONFIG);
  CHECK(fixture.catalog().snapshot()->default_broker_overrides().empty());
  CHECK(set("", "1") == ErrorCode::NONE);
}

TEST_CASE("incremental alter configs: a group has settings of its own, which outlive a crash") {
  test::BrokerFixture fixture;
  const auto groups = [&] { return *fixture.catalog().snapshot()->group_overrides(); };
  const auto longer = change(0, "consumer.session.timeout.ms", " 50000 ");
  CHECK(alter(fixture, kGroup, "g", {longer}, true) == ErrorCode::NONE);
  CHECK(groups().empty());
  CHECK(alter(fixture, kGroup, "g", {longer}) == ErrorCode::NONE);
  CHECK(alter(fixture, kGroup, "h", {longer}) == ErrorCode::NONE);
  CHECK(alter(fixture, kGroup, "h", {change(1, "consumer.session.timeout.ms")}) == ErrorCode::NONE);
  fixture.kill_and_restart();
  CHECK(groups() == catalog::GroupConfigs{{"g", {{"consumer.session.timeout.ms", "50000"}}}});
}

TEST_CASE("incremental alter configs: a group's settings keep within the broker's limits") {
  test::BrokerFixture fixture;
  const auto set = [&](const char* name, const char* value) {
    return alter(fixture, kGroup, "g", {change(0, name, value)});
  };
  CHECK(set("nonsense", "1") == ErrorCode::INVALID_CONFIG);
  CHECK(set("consumer.session.timeout.ms", "x") == ErrorCode::INVALID_CONFIG);
  CHECK(set("consumer.session.timeout.ms", "60001") == ErrorCode::INVALID_CONFIG);
  CHECK(set("consumer.heartbeat.interval.ms", "4999") == ErrorCode::INVALID_CONFIG);
  CHECK(set("streams.num.standby.replicas", "3") == ErrorCode::INVALID_CONFIG);
  CHECK(set("share.auto.offset.reset", "newest") == ErrorCode::INVALID_CONFIG);
  CHECK(alter(fixture, kGroup, "", {}) == ErrorCode::INVALID_REQUEST);
  CHECK(alter(fixture, kGroup, std::string(1025, 'g'), {}) == ErrorCode::INVALID_REQUEST);
  CHECK(fixture.catalog().snapshot()->group_overrides()->empty());
  CHECK(set("share.auto.offset.reset", "by_duration:PT1H") == ErrorCode::NONE);

  test::BrokerFixture strict(
      catalog::ConfigMap{{"group.consumer.min.session.timeout.ms", "6000"},
                         {"group.consumer.max.heartbeat.interval.ms", "15000"}});
  CHECK(alter(strict, kGroup, "g", {change(0, "consumer.session.timeout.ms", "6000")}) ==
        ErrorCode::NONE);
  CHECK(alter(strict, kGroup, "g", {change(0, "consumer.heartbeat.interval.ms", "6000")}) ==
        ErrorCode::INVALID_CONFIG);
}

TEST_CASE("incremental alter configs: a resource named twice is refused, the others are not") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  fixture.create_topic("b");
  protocol::IncrementalAlterConfigsRequest request;
  for (const auto* name : {"a", "b", "a"}) {
    request.resources.push_back({.resource_type = kTopic,
                                 .resource_name = name,
                                 .configs = {change(0, "retention.ms", "5")}});
  }
  const auto response = fixture.call<IncrementalAlterConfigs>(request);
  REQUIRE(response.responses.size() == 3);
  CHECK(response.responses[0].error_code == ErrorCode::INVALID_REQUEST);
  CHECK(response.responses[1].error_code == ErrorCode::NONE);
  CHECK(response.responses[2].error_code == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("incremental alter configs: a broker's defaults reach the topics without settings") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  const auto retention = [&] {
    return fixture.catalog().snapshot()->find("a")->partition(0)->config().retention_ms;
  };
  CHECK(alter(fixture, kBroker, "", {change(0, "log.retention.ms", "7")}) == ErrorCode::NONE);
  CHECK(retention() == 7);
  CHECK(alter(fixture, kBroker, "1", {change(0, "log.retention.ms", "8")}) == ErrorCode::NONE);
  CHECK(retention() == 8);
  CHECK(alter(fixture, kBroker, "1", {change(1, "log.retention.ms")}) == ErrorCode::NONE);
  CHECK(retention() == 7);
  CHECK(alter(fixture, kBroker, "1", {change(0, "num.partitions", "8")}) ==
        ErrorCode::INVALID_REQUEST);
}

TEST_CASE("incremental alter configs: of what compaction is set to, most changes while it runs") {
  test::BrokerFixture fixture;
  CHECK(alter(fixture, kBroker, "1", {change(0, "log.cleaner.backoff.ms", "15001")}) ==
        ErrorCode::NONE);
  CHECK(alter(fixture, kBroker, "",
              {change(0, "log.cleaner.dedupe.buffer.size", "4194304"),
               change(0, "log.cleaner.io.max.bytes.per.second", "1e6")}) == ErrorCode::NONE);
  CHECK(alter(fixture, kBroker, "1", {change(0, "log.cleaner.backoff.ms", "x")}) !=
        ErrorCode::NONE);
  CHECK(alter(fixture, kBroker, "1", {change(0, "log.cleaner.enable", "false")}) ==
        ErrorCode::INVALID_REQUEST);
}

TEST_CASE("alter configs: what is not named goes back to its default") {
  test::BrokerFixture fixture;
  for (protocol::Version version = 0; version <= 2; ++version) {
    const std::string name = "t" + std::to_string(version);
    fixture.create_topic(name, 1, {{"segment.ms", "9"}});
    protocol::AlterConfigsRequest request;
    request.resources.push_back({.resource_type = kTopic,
                                 .resource_name = name,
                                 .configs = {{.name = "retention.ms", .value = "5"}}});
    const auto response = fixture.call<AlterConfigs>(request, version);
    REQUIRE(response.responses.size() == 1);
    CHECK(response.responses[0].error_code == ErrorCode::NONE);
    CHECK(response.responses[0].resource_name == name);
    CHECK(fixture.catalog().snapshot()->find(name)->overrides ==
          catalog::ConfigMap{{"retention.ms", "5"}});
  }
}
