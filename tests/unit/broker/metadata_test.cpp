#include <doctest/doctest.h>

#include <chrono>

#include "broker/handlers/admin_common.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::ErrorCode;
using protocol::Metadata;
using protocol::MetadataRequest;

namespace {

MetadataRequest by_name(std::vector<std::string> names, bool may_create = false) {
  MetadataRequest request;
  request.topics.emplace();
  for (auto& name : names) request.topics->push_back({.topic_id = {}, .name = std::move(name)});
  request.allow_auto_topic_creation = may_create;
  return request;
}

MetadataRequest for_all() {
  MetadataRequest request;
  request.topics = std::nullopt;
  return request;
}

}  // namespace

TEST_CASE("metadata: the broker, the cluster and every partition are told in every version") {
  test::BrokerFixture fixture;
  fixture.create_topic("orders", 2);
  for (protocol::Version version = 0; version <= 13; ++version) {
    CAPTURE(version);
    MetadataRequest request = by_name({"orders"});
    if (version < 4) request.allow_auto_topic_creation = true;
    const auto response = fixture.call<Metadata>(request, version);
    REQUIRE(response.brokers.size() == 1);
    CHECK(response.brokers[0].node_id == 1);
    CHECK(response.brokers[0].host == "127.0.0.1");
    CHECK(response.brokers[0].port == 9092);
    if (version >= 1) CHECK(response.controller_id == 1);
    if (version >= 2) CHECK(response.cluster_id == fixture.logs().cluster_id());
    REQUIRE(response.topics.size() == 1);
    const auto& topic = response.topics[0];
    CHECK(topic.name == "orders");
    CHECK(topic.error_code == ErrorCode::NONE);
    CHECK((topic.topic_id == fixture.catalog().snapshot()->find("orders")->id) == (version >= 10));
    REQUIRE(topic.partitions.size() == 2);
    CHECK(topic.partitions[1].partition_index == 1);
    CHECK(topic.partitions[1].leader_id == 1);
    CHECK(topic.partitions[1].replica_nodes == std::vector<std::int32_t>{1});
    CHECK(topic.partitions[1].isr_nodes == std::vector<std::int32_t>{1});
    CHECK(response.error_code == ErrorCode::NONE);
  }
}

TEST_CASE(
    "metadata: no topics named means all in version 0, and none later, where null means all") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  fixture.create_topic("b");
  CHECK(fixture.call<Metadata>(by_name({}, true), 0).topics.size() == 2);
  CHECK(fixture.call<Metadata>(by_name({}, true), 1).topics.empty());
  CHECK(fixture.call<Metadata>(by_name({}), 12).topics.empty());
  CHECK(fixture.call<Metadata>(for_all(), 1).topics.size() == 2);
  CHECK(fixture.call<Metadata>(for_all(), 13).topics.size() == 2);
}

TEST_CASE("metadata: a topic is told once, an unknown or invalid name with its error") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  const auto response = fixture.call<Metadata>(by_name({"a", "nobody", "a", "b d", ""}));
  REQUIRE(response.topics.size() == 4);
  CHECK(response.topics[0].error_code == ErrorCode::NONE);
  CHECK(response.topics[1].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(response.topics[2].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(response.topics[3].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
}

TEST_CASE("metadata: topics are found by id, from version 12 on") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  const Uuid known = fixture.catalog().snapshot()->find("a")->id;
  SeededRandom random(8);
  const Uuid unknown = Uuid::random(random);
  MetadataRequest request;
  request.topics.emplace();
  request.topics->push_back({.topic_id = known, .name = std::nullopt});
  request.topics->push_back({.topic_id = unknown, .name = std::nullopt});
  const auto response = fixture.call<Metadata>(request, 12);
  REQUIRE(response.topics.size() == 2);
  CHECK(response.topics[0].name == "a");
  CHECK(response.topics[1].error_code == ErrorCode::UNKNOWN_TOPIC_ID);
  CHECK(response.topics[1].topic_id == unknown);
  CHECK(!response.topics[1].name);
  const auto too_early = fixture.call<Metadata>(request, 11);
  REQUIRE(too_early.topics.size() == 2);
  CHECK(too_early.topics[0].error_code == ErrorCode::INVALID_REQUEST);
  CHECK(too_early.topics[0].name == "");
}

TEST_CASE("metadata: an unknown topic is made where the request and the broker allow it") {
  test::BrokerFixture fixture(catalog::ConfigMap{{"num.partitions", "3"}});
  const auto response = fixture.call<Metadata>(by_name({"new", "b d"}, true));
  REQUIRE(response.topics.size() == 2);
  CHECK(response.topics[0].error_code == ErrorCode::NONE);
  CHECK(response.topics[0].partitions.size() == 3);
  CHECK(!response.topics[0].topic_id.is_zero());
  CHECK(response.topics[1].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  const auto not_allowed = fixture.call<Metadata>(by_name({"other"}, false));
  CHECK(not_allowed.topics[0].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(fixture.catalog().snapshot()->topics().size() == 1);
  CHECK(fixture.call<Metadata>(for_all()).topics.size() == 1);

  test::BrokerFixture without(catalog::ConfigMap{{"auto.create.topics.enable", "false"}});
  CHECK(without.call<Metadata>(by_name({"new"}, true)).topics[0].error_code ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("metadata: neither Kafka's own topics nor colliding names are made by asking for them") {
  test::BrokerFixture fixture;
  fixture.create_topic("a.b");
  const auto response = fixture.call<Metadata>(
      by_name({"__transaction_state", "__cluster_metadata", "a_b", "x.y", "x_y"}, true));
  CHECK(response.topics[0].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(response.topics[0].is_internal);
  CHECK(response.topics[1].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(response.topics[2].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK(response.topics[3].error_code == ErrorCode::NONE);
  CHECK(response.topics[4].error_code == ErrorCode::INVALID_TOPIC_EXCEPTION);
}

TEST_CASE("metadata: authorized operations are told when they are asked for") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  MetadataRequest request = by_name({"a"});
  constexpr std::int32_t kNotAsked = std::numeric_limits<std::int32_t>::min();
  CHECK(fixture.call<Metadata>(request, 10).cluster_authorized_operations == kNotAsked);
  CHECK(fixture.call<Metadata>(request, 10).topics[0].topic_authorized_operations == kNotAsked);
  request.include_topic_authorized_operations = true;
  CHECK(fixture.call<Metadata>(request, 13).topics[0].topic_authorized_operations == 3576);
  request.include_cluster_authorized_operations = true;
  CHECK(fixture.call<Metadata>(request, 8).cluster_authorized_operations == 8096);
}
