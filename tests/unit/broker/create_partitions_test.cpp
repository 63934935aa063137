#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::CreatePartitions;
using protocol::CreatePartitionsRequest;
using protocol::ErrorCode;
using WantedPartitions = CreatePartitionsRequest::CreatePartitionsTopic;

namespace {

WantedPartitions grown_to(const std::string& name, std::int32_t count) {
  return {.name = name, .count = count, .assignments = std::nullopt};
}

ErrorCode grow(test::BrokerFixture& fixture, WantedPartitions topic, bool validate_only = false) {
  CreatePartitionsRequest request;
  request.topics.push_back(std::move(topic));
  request.validate_only = validate_only;
  return fixture.call<CreatePartitions>(request).results.at(0).error_code;
}

}  // namespace

TEST_CASE("create partitions: the total grows in every version, and stays after a crash") {
  for (protocol::Version version = 0; version <= 3; ++version) {
    test::BrokerFixture fixture;
    fixture.create_topic("a", 2);
    CreatePartitionsRequest request;
    request.topics = {grown_to("a", 5)};
    const auto response = fixture.call<CreatePartitions>(request, version);
    REQUIRE(response.results.size() == 1);
    CHECK(response.results[0].error_code == ErrorCode::NONE);
    CHECK(!response.results[0].error_message);
    fixture.kill_and_restart();
    CHECK(fixture.catalog().snapshot()->find("a")->partitions.size() == 5);
  }
}

TEST_CASE("create partitions: what is not an increase is refused") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 3);
  fixture.create_topic(catalog::kConsumerOffsetsTopic, 2);
  CHECK(grow(fixture, grown_to("a", 3)) == ErrorCode::INVALID_PARTITIONS);
  CHECK(grow(fixture, grown_to("a", 2)) == ErrorCode::INVALID_PARTITIONS);
  CHECK(grow(fixture, grown_to("a", -1)) == ErrorCode::INVALID_PARTITIONS);
  CHECK(grow(fixture, grown_to("a", 2'000'000'000)) == ErrorCode::POLICY_VIOLATION);
  CHECK(grow(fixture, grown_to("b", 4)) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(grow(fixture, grown_to(catalog::kConsumerOffsetsTopic, 9)) == ErrorCode::INVALID_REQUEST);
  CHECK(fixture.catalog().snapshot()->find("a")->partitions.size() == 3);
}

TEST_CASE("create partitions: an assignment names this broker for each new partition") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 1);
  WantedPartitions topic = grown_to("a", 3);
  topic.assignments.emplace(1, protocol::CreatePartitionsRequest::CreatePartitionsAssignment{{1}});
  CHECK(grow(fixture, topic) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  topic.assignments->push_back({.broker_ids = {2}});
  CHECK(grow(fixture, topic) == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  topic.assignments->back() = {.broker_ids = {1}};
  CHECK(grow(fixture, topic, true) == ErrorCode::NONE);
  CHECK(fixture.catalog().snapshot()->find("a")->partitions.size() == 1);
  CHECK(grow(fixture, topic) == ErrorCode::NONE);
  CHECK(fixture.catalog().snapshot()->find("a")->partitions.size() == 3);
}

TEST_CASE("create partitions: a topic named twice is answered once") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 1);
  CreatePartitionsRequest request;
  request.topics = {grown_to("a", 2), grown_to("a", 3)};
  const auto response = fixture.call<CreatePartitions>(request);
  REQUIRE(response.results.size() == 1);
  CHECK(response.results[0].error_code == ErrorCode::INVALID_REQUEST);
}
