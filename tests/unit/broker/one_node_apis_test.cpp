// What one node answers to requests that are made for several: elections, reassignments, the quorum
// of controllers, features, directories.
#include <doctest/doctest.h>

#include "support/broker_fixture.hpp"

using namespace kreel;
using protocol::ErrorCode;

namespace {

constexpr ErrorCode kUnknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;

protocol::AlterPartitionReassignmentsRequest reassignment(
    const std::string& topic, PartitionId partition,
    std::optional<std::vector<std::int32_t>> replicas) {
  protocol::AlterPartitionReassignmentsRequest request;
  auto& asked = request.topics.emplace_back();
  asked.name = topic;
  asked.partitions.push_back({.partition_index = partition, .replicas = std::move(replicas)});
  return request;
}

protocol::UpdateFeaturesRequest feature_update(const std::string& feature, std::int16_t level,
                                               std::int8_t type = 1) {
  protocol::UpdateFeaturesRequest request;
  auto& update = request.feature_updates.emplace_back();
  update.feature = feature;
  update.max_version_level = level;
  update.upgrade_type = type;
  return request;
}

const std::string kUpdateFailed =
    "The update failed for all features since the following feature had an error: ";

}  // namespace

TEST_CASE("elect leaders: the leader is there already, and of what is not there it is told") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 2);
  protocol::ElectLeadersRequest request;
  request.topic_partitions->push_back({.topic = "a", .partitions = {1, 2}});
  request.topic_partitions->push_back({.topic = "nobody", .partitions = {0}});
  for (protocol::Version version = 0; version <= 2; ++version) {
    for (const std::int8_t type : {std::int8_t{0}, std::int8_t{1}}) {
      request.election_type = version == 0 ? std::int8_t{0} : type;
      const auto response = fixture.call<protocol::ElectLeaders>(request, version);
      CHECK(response.error_code == ErrorCode::NONE);
      REQUIRE(response.replica_election_results.size() == 2);
      const auto& known = response.replica_election_results[0];
      REQUIRE(known.partition_result.size() == 2);
      CHECK(known.partition_result[0].error_code == ErrorCode::ELECTION_NOT_NEEDED);
      CHECK(known.partition_result[0].error_message ==
            "Leader election not needed for topic partition.");
      CHECK(known.partition_result[1].error_code == kUnknown);
      CHECK(known.partition_result[1].error_message == "No such partition as a-2");
      const auto& unknown = response.replica_election_results[1];
      CHECK(unknown.partition_result.at(0).error_code == kUnknown);
      CHECK(unknown.partition_result.at(0).error_message == "No such topic as nobody");
    }
  }
}

TEST_CASE("elect leaders: of all partitions none is named, since none needs it") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 2);
  protocol::ElectLeadersRequest request;
  request.topic_partitions = std::nullopt;
  const auto response = fixture.call<protocol::ElectLeaders>(request);
  CHECK(response.error_code == ErrorCode::NONE);
  for (const auto& topic : response.replica_election_results) {
    CHECK(topic.partition_result.empty());
  }
}

TEST_CASE("elect leaders: an unknown kind of election is refused by name") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  protocol::ElectLeadersRequest request;
  request.election_type = 7;
  request.topic_partitions->push_back({.topic = "a", .partitions = {0}});
  const auto response = fixture.call<protocol::ElectLeaders>(request);
  CHECK(response.error_code == ErrorCode::INVALID_REQUEST);
  const auto& result = response.replica_election_results.at(0).partition_result.at(0);
  CHECK(result.error_code == ErrorCode::INVALID_REQUEST);
  CHECK(result.error_message == "Unknown election type 7");
}

TEST_CASE("reassignments: to where a partition is nothing has to be done, elsewhere it cannot go") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  const auto ask = [&](const protocol::AlterPartitionReassignmentsRequest& request) {
    const auto response = fixture.call<protocol::AlterPartitionReassignments>(request);
    CHECK(response.error_code == ErrorCode::NONE);
    return response.responses.at(0).partitions.at(0);
  };
  CHECK(ask(reassignment("a", 0, {{1}})).error_code == ErrorCode::NONE);
  CHECK(ask(reassignment("a", 0, {{1}})).error_message == std::nullopt);

  const auto elsewhere = ask(reassignment("a", 0, {{9, 1, 4}}));
  CHECK(elsewhere.error_code == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(elsewhere.error_message ==
        "The manual partition assignment includes broker 4, but no such broker is registered.");
  const auto twice = ask(reassignment("a", 0, {{1, 1, 4}}));
  CHECK(twice.error_code == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(twice.error_message ==
        "The manual partition assignment includes the broker 1 more than once.");
  const auto nowhere = ask(reassignment("a", 0, std::vector<std::int32_t>()));
  CHECK(nowhere.error_code == ErrorCode::INVALID_REPLICA_ASSIGNMENT);
  CHECK(nowhere.error_message == "The manual partition assignment includes an empty replica list.");

  const auto cancelled = ask(reassignment("a", 0, std::nullopt));
  CHECK(cancelled.error_code == ErrorCode::NO_REASSIGNMENT_IN_PROGRESS);
  CHECK(cancelled.error_message == "No partition reassignment is in progress.");
  CHECK(ask(reassignment("nobody", 0, {{1}})).error_message ==
        "Unable to find a topic named nobody.");
  const auto beyond = ask(reassignment("a", 5, {{1}}));
  CHECK(beyond.error_code == kUnknown);
  CHECK(beyond.error_message == "Unable to find partition a:5.");
}

TEST_CASE("reassignments: none is ever under way") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  fixture.call<protocol::AlterPartitionReassignments>(reassignment("a", 0, {{1}}), 0);
  protocol::ListPartitionReassignmentsRequest request;
  const auto all = fixture.call<protocol::ListPartitionReassignments>(request);
  CHECK(all.error_code == ErrorCode::NONE);
  CHECK(all.topics.empty());
  request.topics.emplace();
  request.topics->push_back({.name = "a", .partition_indexes = {0}});
  CHECK(fixture.call<protocol::ListPartitionReassignments>(request).topics.empty());
}

TEST_CASE("describe quorum: this node leads, and is the only voter") {
  test::BrokerFixture fixture;
  protocol::DescribeQuorumRequest request;
  request.topics.push_back(
      {.topic_name = "__cluster_metadata", .partitions = {{.partition_index = 0}}});
  for (protocol::Version version = 0; version <= 2; ++version) {
    const auto response = fixture.call<protocol::DescribeQuorum>(request, version);
    CHECK(response.error_code == ErrorCode::NONE);
    const auto& partition = response.topics.at(0).partitions.at(0);
    CHECK(partition.error_code == ErrorCode::NONE);
    CHECK(partition.leader_id == 1);
    CHECK(partition.high_watermark == 0);
    REQUIRE(partition.current_voters.size() == 1);
    CHECK(partition.current_voters[0].replica_id == 1);
    CHECK(partition.observers.empty());
    if (version >= 1) {
      CHECK(partition.current_voters[0].last_caught_up_timestamp == fixture.clock().wall_ms());
    }
    if (version < 2) continue;
    CHECK(partition.current_voters[0].replica_directory_id == fixture.logs().directory_id());
    REQUIRE(response.nodes.size() == 1);
    CHECK(response.nodes[0].node_id == 1);
    CHECK(response.nodes[0].listeners.at(0).name == fixture.connection().listener_name);
  }
}

TEST_CASE("describe quorum: there is no other quorum than that of the metadata") {
  test::BrokerFixture fixture;
  protocol::DescribeQuorumRequest request;
  request.topics.push_back({.topic_name = "a", .partitions = {{.partition_index = 3}}});
  const auto response = fixture.call<protocol::DescribeQuorum>(request);
  CHECK(response.error_code == ErrorCode::NONE);
  const auto& partition = response.topics.at(0).partitions.at(0);
  CHECK(partition.partition_index == 3);
  CHECK(partition.error_code == kUnknown);
}

TEST_CASE("update features: what holds is confirmed, for each feature where the version says so") {
  test::BrokerFixture fixture;
  for (protocol::Version version = 0; version <= 2; ++version) {
    const auto response =
        fixture.call<protocol::UpdateFeatures>(feature_update("transaction.version", 2), version);
    CHECK(response.error_code == ErrorCode::NONE);
    CHECK(response.error_message == std::nullopt);
    CHECK(response.results.size() == (version < 2 ? 1 : 0));
  }
  const auto off = fixture.call<protocol::UpdateFeatures>(feature_update("group.version", 0, 2));
  CHECK(off.error_code == ErrorCode::NONE);
}

TEST_CASE("update features: what would change is refused with Kafka's words") {
  test::BrokerFixture fixture;
  const auto refusal = [&](const protocol::UpdateFeaturesRequest& request) {
    const auto response = fixture.call<protocol::UpdateFeatures>(request);
    CHECK(response.error_code == ErrorCode::INVALID_UPDATE_VERSION);
    CHECK(response.results.empty());
    REQUIRE(response.error_message.has_value());
    REQUIRE(response.error_message->starts_with(kUpdateFailed));
    return response.error_message->substr(kUpdateFailed.size());
  };
  const std::string on_transactions = "for feature transaction.version. ";
  CHECK(refusal(feature_update("transaction.version", 3)) ==
        "Invalid update version 3 " + on_transactions +
            "Local controller 1 only supports versions 0-2");
  CHECK(
      refusal(feature_update("transaction.version", 1)) ==
      "Invalid update version 1 " + on_transactions +
          "Can't downgrade the version of this feature without setting the upgrade type to either "
          "safe or unsafe downgrade.");
  CHECK(refusal(feature_update("transaction.version", 1, 2)) ==
        "Invalid update version 1 " + on_transactions +
            "Can't downgrade the version of this feature.");
  CHECK(refusal(feature_update("transaction.version", -1)) ==
        "Invalid update version -1 " + on_transactions +
            "A feature version cannot be less than 0.");
  CHECK(refusal(feature_update("transaction.version", 2, 9)) ==
        "Invalid update version 2 " + on_transactions +
            "The controller does not support the given upgrade type.");
  CHECK(refusal(feature_update("group.version", 1)) ==
        "Invalid update version 1 for feature group.version. Local controller 1 does not support "
        "this feature.");
  CHECK(refusal(feature_update("foo", 0)) ==
        "Invalid update version 0 for feature foo. Feature foo not found.");
}

TEST_CASE(
    "list config resources: brokers and topics, and nothing where only client metrics count") {
  test::BrokerFixture fixture;
  fixture.create_topic("a");
  const auto names = [&](std::vector<std::int8_t> types, protocol::Version version) {
    protocol::ListConfigResourcesRequest request;
    request.resource_types = std::move(types);
    const auto response = fixture.call<protocol::ListConfigResources>(request, version);
    CHECK(response.error_code == ErrorCode::NONE);
    std::string text;
    for (const auto& resource : response.config_resources) {
      text += std::to_string(resource.resource_type) + ":" + resource.resource_name + " ";
    }
    return text;
  };
  CHECK(names({}, 0).empty());
  CHECK(names({}, 1) == "8:1 4:1 2:a ");
  CHECK(names({2}, 1) == "2:a ");
  REQUIRE(
      fixture.catalog().set_group_configs("g", {{"consumer.session.timeout.ms", "50000"}}).ok());
  CHECK(names({32}, 1) == "32:g ");
  CHECK(names({4, 16, 32}, 1) == "32:g 4:1 ");
  protocol::ListConfigResourcesRequest odd;
  odd.resource_types = {2, 3};
  const auto response = fixture.call<protocol::ListConfigResources>(odd);
  CHECK(response.error_code == ErrorCode::UNSUPPORTED_VERSION);
  CHECK(response.config_resources.empty());
}

TEST_CASE("alter replica log dirs: partitions are where they are") {
  test::BrokerFixture fixture;
  fixture.create_topic("a", 2);
  protocol::AlterReplicaLogDirsRequest request;
  request.dirs.push_back({.path = "/data", .topics = {{.name = "a", .partitions = {0, 7}}}});
  request.dirs.push_back(
      {.path = "/other",
       .topics = {{.name = "a", .partitions = {1}}, {.name = "nobody", .partitions = {0}}}});
  for (protocol::Version version = 1; version <= 2; ++version) {
    const auto response = fixture.call<protocol::AlterReplicaLogDirs>(request, version);
    REQUIRE(response.results.size() == 2);
    CHECK(response.results[0].topic_name == "a");
    REQUIRE(response.results[0].partitions.size() == 3);
    CHECK(response.results[0].partitions[0].error_code == ErrorCode::NONE);
    CHECK(response.results[0].partitions[1].error_code == ErrorCode::LOG_DIR_NOT_FOUND);
    CHECK(response.results[0].partitions[2].partition_index == 7);
    CHECK(response.results[0].partitions[2].error_code == kUnknown);
    CHECK(response.results[1].partitions.at(0).error_code == ErrorCode::LOG_DIR_NOT_FOUND);
  }
}
