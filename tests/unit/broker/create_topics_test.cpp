#include <doctest/doctest.h>

#include <algorithm>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::CreateTopics;
using protocol::CreateTopicsRequest;
using protocol::ErrorCode;
using WantedTopic = CreateTopicsRequest::CreatableTopic;
using TopicResult = protocol::CreateTopicsResponse::CreatableTopicResult;

namespace {

WantedTopic wanted(const std::string& name, std::int32_t partitions = 1,
                   std::int16_t replicas = 1) {
  WantedTopic topic;
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = replicas;
  return topic;
}

WantedTopic with_config(const std::string& name, std::optional<std::string> value) {
  WantedTopic topic = wanted("a");
  topic.configs.push_back({.name = name, .value = std::move(value)});
  return topic;
}

WantedTopic assigned(std::vector<std::pair<std::int32_t, std::vector<std::int32_t>>> assignments) {
  WantedTopic topic = wanted("a", -1, -1);
  for (auto& [partition, brokers] : assignments) {
    topic.assignments.push_back({.partition_index = partition, .broker_ids = std::move(brokers)});
  }
  return topic;
}

TopicResult create(test::BrokerFixture& fixture, WantedTopic topic) {
  CreateTopicsRequest request;
  request.topics.push_back(std::move(topic));
  const auto response = fixture.call<CreateTopics>(request);
  REQUIRE(response.topics.size() == 1);
  return response.topics[0];
}

}  // namespace

TEST_CASE("create topics: the reply tells id, partitions and effective settings, in each version") {
  for (protocol::Version version = 2; version <= 7; ++version) {
    CAPTURE(version);
    test::BrokerFixture fixture(catalog::ConfigMap{{"log.retention.ms", "9"}});
    CreateTopicsRequest request;
    request.topics.push_back(wanted("orders", 3));
    request.topics[0].configs.push_back({.name = "cleanup.policy", .value = "compact"});
    const auto response = fixture.call<CreateTopics>(request, version);
    REQUIRE(response.topics.size() == 1);
    const TopicResult& result = response.topics[0];
    CHECK(result.name == "orders");
    CHECK(result.error_code == ErrorCode::NONE);
    CHECK(!result.error_message);
    const auto made = fixture.catalog().snapshot()->find("orders");
    REQUIRE(made != nullptr);
    CHECK(made->partitions.size() == 3);
    CHECK((result.topic_id == made->id) == (version >= 7));
    if (version < 5) continue;
    CHECK(result.num_partitions == 3);
    CHECK(result.replication_factor == 1);
    REQUIRE(result.configs);
    CHECK(result.configs->size() == 34);
    const auto config = [&](const std::string& name) {
      return *std::ranges::find(*result.configs, name,
                                &protocol::CreateTopicsResponse::CreatableTopicConfigs::name);
    };
    CHECK(config("cleanup.policy").value == "compact");
    CHECK(config("cleanup.policy").config_source == 1);
    CHECK(config("retention.ms").value == "9");
    CHECK(config("retention.ms").config_source == 4);
    CHECK(config("segment.bytes").value == "1073741824");
    CHECK(config("segment.bytes").config_source == 5);
  }
}

TEST_CASE("create topics: -1 asks for the broker's defaults") {
  test::BrokerFixture fixture(catalog::ConfigMap{{"num.partitions", "4"}});
  const TopicResult result = create(fixture, wanted("a", -1, -1));
  CHECK(result.error_code == ErrorCode::NONE);
  CHECK(result.num_partitions == 4);
  CHECK(result.replication_factor == 1);
}

TEST_CASE("create topics: each mistake has Kafka's error") {
  test::BrokerFixture fixture;
  fixture.create_topic("there");
  fixture.create_topic("a_b");
  const auto error = [&](WantedTopic topic) {
    return create(fixture, std::move(topic)).error_code;
  };
  CHECK(error(wanted("there")) == ErrorCode::TOPIC_ALREADY_EXISTS);
  CHECK(error(wanted("")) == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(error(wanted("a b")) == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(error(wanted("a.b")) == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(error(wanted("__cluster_metadata")) == ErrorCode::INVALID_REQUEST);
  CHECK(error(wanted("a", 0)) == ErrorCode::INVALID_PARTITIONS);
  CHECK(error(wanted("a", -2)) == ErrorCode::INVALID_PARTITIONS);
  CHECK(error(wanted("a", 1, 0)) == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(error(wanted("a", 1, -2)) == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(error(wanted("a", 10'001)) == ErrorCode::POLICY_VIOLATION);
  CHECK(error(with_config("retention.ms", "x")) == ErrorCode::INVALID_CONFIG);
  CHECK(error(with_config("nonsense", "x")) == ErrorCode::INVALID_CONFIG);
  CHECK(error(with_config("retention.ms", std::nullopt)) == ErrorCode::INVALID_CONFIG);
  CHECK(error(with_config("", std::nullopt)) == ErrorCode::INVALID_CONFIG);
  CHECK(error(with_config("min.insync.replicas", "2")) == ErrorCode::INVALID_CONFIG);
  const TopicResult two = create(fixture, wanted("a", 1, 2));
  CHECK(two.error_code == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(two.error_message ==
        "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be "
        "reached because only 1 broker(s) are registered.");
  CHECK(fixture.catalog().snapshot()->topics().size() == 2);
}

TEST_CASE("create topics: a manual assignment names this broker, once, for partitions from 0") {
  test::BrokerFixture fixture;
  const auto error = [&](WantedTopic topic) {
    return create(fixture, std::move(topic)).error_code;
  };
  WantedTopic with_count = assigned({{0, {1}}});
  with_count.num_partitions = 1;
  CHECK(error(with_count) == ErrorCode::INVALID_REQUEST);
  WantedTopic with_factor = assigned({{0, {1}}});
  with_factor.replication_factor = 1;
  CHECK(error(with_factor) == ErrorCode::INVALID_REQUEST);
  CHECK(error(assigned({{0, {}}})) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(error(assigned({{0, {2}}})) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(error(assigned({{0, {1, 1}}})) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(error(assigned({{0, {1}}, {0, {1}}})) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(error(assigned({{0, {1}}, {2, {1}}})) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(error(assigned({{1, {1}}})) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(error(assigned({{1, {1}}, {0, {1}}})) == ErrorCode::NONE);
  CHECK(fixture.catalog().snapshot()->find("a")->partitions.size() == 2);
}

TEST_CASE("create topics: one topic's mistake does not touch the others, a name twice does") {
  test::BrokerFixture fixture;
  CreateTopicsRequest request;
  for (const auto* name : {"a", "b b", "c", "twice", "twice", "x.y", "x_y"}) {
    request.topics.push_back(wanted(name));
  }
  const auto response = fixture.call<CreateTopics>(request);
  REQUIRE(response.topics.size() == 6);
  CHECK(response.topics[0].error_code == ErrorCode::NONE);
  CHECK(response.topics[1].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(response.topics[2].error_code == ErrorCode::NONE);
  CHECK(response.topics[3].error_code == ErrorCode::INVALID_REQUEST);
  CHECK(response.topics[3].error_message == "Duplicate topic name.");
  CHECK(response.topics[4].error_code == ErrorCode::NONE);
  CHECK(response.topics[5].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(fixture.catalog().snapshot()->topics().size() == 3);
}

TEST_CASE("create topics: validating makes nothing") {
  test::BrokerFixture fixture;
  CreateTopicsRequest request;
  request.validate_only = true;
  request.topics.push_back(wanted("a", 2));
  request.topics.push_back(wanted("b", 0));
  const auto response = fixture.call<CreateTopics>(request);
  CHECK(response.topics[0].error_code == ErrorCode::NONE);
  CHECK(response.topics[0].num_partitions == 2);
  CHECK(response.topics[1].error_code == ErrorCode::INVALID_PARTITIONS);
  CHECK(fixture.catalog().snapshot()->topics().empty());
}

TEST_CASE("create topics: what was made is there after the process dies") {
  test::BrokerFixture fixture;
  const TopicResult result = create(fixture, wanted("a", 2));
  fixture.kill_and_restart();
  const auto topic = fixture.catalog().snapshot()->find(result.topic_id);
  REQUIRE(topic != nullptr);
  CHECK(topic->name == "a");
  CHECK(topic->partitions.size() == 2);
}

TEST_CASE("create topics: a huge config comes back as an error that fits the reply") {
  test::BrokerFixture fixture;
  const TopicResult result =
      create(fixture, with_config("compression.type", std::string(32'000, 'x')));
  CHECK(result.error_code == ErrorCode::INVALID_CONFIG);
  CHECK(result.error_message->size() < 3'000);
  CHECK(create(fixture, wanted(std::string(32'000, 'x'))).error_code ==
        ErrorCode::INVALID_TOPIC_EXCEPTION);
}
