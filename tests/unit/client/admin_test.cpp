#include "kreel/admin.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "base/text.hpp"
#include "client/api_names.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::connect_to;
using kreel::test::count;
using kreel::test::FakeBroker;
using kreel::test::serve_metadata;
using protocol::ErrorCode;

namespace {

/// Answers every partition with `offset`, or with `error`.
protocol::ListOffsetsResponse offsets_reply(const protocol::ListOffsetsRequest& request,
                                            std::int64_t offset,
                                            ErrorCode error = ErrorCode::NONE) {
  protocol::ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& one = answered.partitions.emplace_back();
      one.partition_index = partition.partition_index;
      one.error_code = error;
      one.offset = offset;
    }
  }
  return response;
}

void serve_offsets(FakeBroker& broker, std::int64_t offset, ErrorCode error = ErrorCode::NONE) {
  broker.on<protocol::ListOffsets>(
      [=](const protocol::ListOffsetsRequest& request, protocol::Version) {
        return offsets_reply(request, offset, error);
      },
      8);
}

void serve_coordinator(FakeBroker& broker, std::int32_t id, protocol::Version max_version) {
  broker.on<protocol::FindCoordinator>(
      [&broker, id](const protocol::FindCoordinatorRequest& request, protocol::Version version) {
        protocol::FindCoordinatorResponse response;
        if (version < 4) {
          response.node_id = id;
          response.host = "127.0.0.1";
          response.port = broker.port();
        }
        for (const std::string& key : request.coordinator_keys) {
          response.coordinators.push_back(
              {key, id, "127.0.0.1", broker.port(), ErrorCode::NONE, std::nullopt});
        }
        return response;
      },
      max_version);
}

}  // namespace

TEST_CASE("admin: each partition is asked at its leader, two questions of one in two requests") {
  FakeBroker first;
  FakeBroker second;
  serve_metadata(first, {&first, &second}, {{"orders", {1, 2}}});
  serve_offsets(first, 10);
  serve_offsets(second, 20);
  first.start();
  second.start();
  auto admin = connect_to(first);
  const std::vector<OffsetQuery> queries{{{"orders", 0}, OffsetSpec::earliest()},
                                         {{"orders", 0}, OffsetSpec::latest()},
                                         {{"orders", 1}, OffsetSpec::latest()}};
  const auto listed = admin->list_offsets(queries, Isolation::kReadUncommitted);
  REQUIRE(listed);
  CHECK((*listed)[0].offset == 10);
  CHECK((*listed)[1].offset == 10);
  CHECK((*listed)[2].offset == 20);
  CHECK(count(first, protocol::ListOffsets::key) == 2);
  CHECK(count(second, protocol::ListOffsets::key) == 1);
}

TEST_CASE("admin: a leader that has moved is looked up again") {
  FakeBroker first;
  FakeBroker second;
  std::atomic<int> asked = 0;
  first.on<protocol::Metadata>([&](const protocol::MetadataRequest& request, protocol::Version) {
    const std::int32_t leader = asked++ == 0 ? 1 : 2;
    return test::metadata_reply(request, {&first, &second}, {{"orders", {leader}}});
  });
  serve_offsets(first, -1, ErrorCode::NOT_LEADER_OR_FOLLOWER);
  serve_offsets(second, 20);
  first.start();
  second.start();
  auto admin = connect_to(first);
  const OffsetQuery query{{"orders", 0}, OffsetSpec::latest()};
  const auto listed = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(listed);
  CHECK_FALSE(listed->front().error);
  CHECK(listed->front().offset == 20);
}

TEST_CASE("admin: a topic whose leaders are being elected is asked for again") {
  FakeBroker broker;
  std::atomic<int> errors = 2;
  broker.on<protocol::Metadata>(
      [&](const protocol::MetadataRequest& request, protocol::Version) {
        auto response =
            kreel::test::metadata_reply(request, {&broker}, {{"orders", {1, 1}}, {"users", {1}}});
        for (auto& topic : response.topics) {
          if (topic.name != "orders" || errors <= 0) continue;
          topic.error_code = ErrorCode::LEADER_NOT_AVAILABLE;
          topic.partitions.clear();
        }
        --errors;
        return response;
      },
      12);
  broker.start();
  const std::vector<std::string> names{"orders", "users"};
  SUBCASE("until it has partitions") {
    auto admin = connect_to(broker);
    SUBCASE("by name") {
      const auto topics = admin->describe_topics(names);
      REQUIRE(topics);
      CHECK(!topics->at(0).error);
      CHECK(topics->at(0).partitions.size() == 2);
      CHECK(topics->at(1).partitions.size() == 1);
    }
    SUBCASE("among all") {
      const auto topics = admin->list_topics();
      REQUIRE(topics);
      REQUIRE(topics->size() == 2);
      CHECK(!topics->at(0).error);
      CHECK(topics->at(0).partitions.size() == 2);
    }
  }
  SUBCASE("until the time is over, and is then no topic without partitions") {
    errors = 1'000'000;
    auto admin = connect_to(broker, 300);
    const auto topics = admin->describe_topics(names);
    REQUIRE(topics);
    REQUIRE(topics->at(0).error);
    CHECK(topics->at(0).error->error.kind() == ErrorKind::kUnreachable);
    CHECK(topics->at(0).error->error.message() == "topic \"orders\" has no leader now");
    CHECK(topics->at(1).partitions.size() == 1);
  }
}

TEST_CASE("admin: partitions added since the last look are found") {
  FakeBroker broker;
  std::atomic<bool> grown = false;
  broker.on<protocol::Metadata>([&](const protocol::MetadataRequest& request, protocol::Version) {
    const std::vector<std::int32_t> leaders(grown ? 2 : 1, 1);
    return test::metadata_reply(request, {&broker}, {{"orders", leaders}});
  });
  serve_offsets(broker, 7);
  broker.start();
  auto admin = connect_to(broker);
  const OffsetQuery query{{"orders", 1}, OffsetSpec::latest()};
  const auto before = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(before);
  CHECK(before->front().error);
  grown = true;
  const auto after = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(after);
  CHECK_FALSE(after->front().error);
  CHECK(after->front().offset == 7);
}

TEST_CASE("admin: all brokers are asked for groups, also after one coordinator was") {
  FakeBroker first;
  FakeBroker second;
  serve_metadata(first, {&first, &second}, {});
  serve_coordinator(first, 1, 6);
  for (FakeBroker* broker : {&first, &second}) {
    broker->on<protocol::ListGroups>([](const protocol::ListGroupsRequest&, protocol::Version) {
      return protocol::ListGroupsResponse();
    });
    broker->start();
  }
  auto admin = connect_to(first);
  const std::string group = "app";
  REQUIRE(admin->find_coordinators(std::span(&group, 1)));
  REQUIRE(admin->list_groups({}));
  CHECK(count(second, protocol::ListGroups::key) == 1);
}

TEST_CASE("admin: what stays unavailable has its last error at the deadline") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {-1}}});
  serve_offsets(broker, 1);
  broker.start();
  auto admin = connect_to(broker, 300);
  const OffsetQuery query{{"orders", 0}, OffsetSpec::latest()};
  const auto listed = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(listed);
  REQUIRE(listed->front().error);
  CHECK(listed->front().error->error.message() == "orders[0] has no leader now");
  CHECK(listed->front().error->error.kind() == ErrorKind::kUnreachable);
}

TEST_CASE("admin: a broker that takes connections and says nothing leaves time for the others") {
  FakeBroker silent;
  FakeBroker good;
  // Broker 1 comes first, and would use up the whole time.
  for (FakeBroker* broker : {&silent, &good})
    serve_metadata(*broker, {&silent, &good}, {{"o", {1, 2}}});
  silent.stay_silent();
  serve_offsets(good, 42);
  silent.start();
  good.start();
  auto admin = connect_to(good, 2'000);
  const OffsetQuery queries[] = {{{"o", 0}, OffsetSpec::latest()},
                                 {{"o", 1}, OffsetSpec::latest()}};
  const auto listed = admin->list_offsets(queries, Isolation::kReadUncommitted);
  REQUIRE(listed);
  REQUIRE((*listed)[0].error);
  CHECK((*listed)[0].error->error.kind() == ErrorKind::kUnreachable);
  CHECK_FALSE((*listed)[1].error);
  CHECK((*listed)[1].offset == 42);
}

TEST_CASE("admin: one partition fails and the others are answered") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1, 1}}});
  broker.on<protocol::ListOffsets>(
      [](const protocol::ListOffsetsRequest& request, protocol::Version) {
        auto response = offsets_reply(request, 5);
        response.topics[0].partitions[0].error_code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
        return response;
      });
  broker.start();
  auto admin = connect_to(broker);
  const std::vector<OffsetQuery> queries{{{"orders", 0}, OffsetSpec::latest()},
                                         {{"orders", 1}, OffsetSpec::latest()},
                                         {{"orders", 7}, OffsetSpec::latest()},
                                         {{"oders", 0}, OffsetSpec::latest()}};
  const auto listed = admin->list_offsets(queries, Isolation::kReadUncommitted);
  REQUIRE(listed);
  REQUIRE((*listed)[0].error);
  CHECK((*listed)[0].error->error.message() ==
        "not authorized: DESCRIBE on topic \"orders\" (User:ANONYMOUS)");
  CHECK((*listed)[0].error->error.kind() == ErrorKind::kNotAuthorized);
  CHECK((*listed)[1].offset == 5);
  REQUIRE((*listed)[2].error);
  CHECK((*listed)[2].error->error.message() == "orders[7]: the topic has 2 partitions");
  REQUIRE((*listed)[3].error);
  CHECK((*listed)[3].error->error.message() == "topic \"oders\" not found");
  CHECK((*listed)[3].error->error.hint() == "did you mean \"orders\"?");
}

TEST_CASE("admin: a partition that a reply leaves out is an error, not a success") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1}}});
  broker.on<protocol::ListOffsets>([](const protocol::ListOffsetsRequest&, protocol::Version) {
    return protocol::ListOffsetsResponse();
  });
  broker.start();
  auto admin = connect_to(broker);
  const OffsetQuery query{{"orders", 0}, OffsetSpec::latest()};
  const auto listed = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(listed);
  REQUIRE(listed->front().error);
  CHECK(listed->front().error->error.message() == "left out of the ListOffsets reply");
}

namespace {

std::int64_t number_of(const std::string& group) {
  return parse_int64(std::string_view(group).substr(2)).value_or(-1);
}

/// Commits of group "g-N": orders[0] at N.
void serve_commits(FakeBroker& broker, protocol::Version max_version, ErrorCode first_answer) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  broker.on<protocol::OffsetFetch>(
      [asked, first_answer](const protocol::OffsetFetchRequest& request,
                            protocol::Version version) {
        protocol::OffsetFetchResponse response;
        const ErrorCode error = (*asked)++ == 0 ? first_answer : ErrorCode::NONE;
        if (version < 8) {
          response.error_code = error;
          auto& topic = response.topics.emplace_back();
          topic.name = "orders";
          topic.partitions.emplace_back().committed_offset = number_of(request.group_id);
          return response;
        }
        for (const auto& group : request.groups) {
          auto& answered = response.groups.emplace_back();
          answered.group_id = group.group_id;
          answered.error_code = error;
          auto& topic = answered.topics.emplace_back();
          topic.name = "orders";
          topic.partitions.emplace_back().committed_offset = number_of(group.group_id);
        }
        return response;
      },
      max_version);
}

std::vector<std::optional<std::int64_t>> fetch_commits(AdminClient& admin, int groups) {
  std::vector<GroupOffsetsQuery> queries;
  for (int i = 0; i < groups; ++i) queries.push_back({"g-" + std::to_string(i), std::nullopt});
  const auto fetched = admin.fetch_offsets(queries);
  REQUIRE(fetched);
  std::vector<std::optional<std::int64_t>> offsets;
  for (const GroupOffsets& group : *fetched) {
    REQUIRE_FALSE(group.error);
    REQUIRE(group.offsets.size() == 1);
    offsets.push_back(group.offsets[0].offset);
  }
  return offsets;
}

}  // namespace

TEST_CASE("admin: commits of many groups take one request each way (KIP-709, KIP-699)") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1}}});
  serve_coordinator(broker, 1, 6);
  serve_commits(broker, 9, ErrorCode::NONE);
  broker.start();
  auto admin = connect_to(broker);
  CHECK(fetch_commits(*admin, 3) == std::vector<std::optional<std::int64_t>>{0, 1, 2});
  CHECK(count(broker, protocol::FindCoordinator::key) == 1);
  CHECK(count(broker, protocol::OffsetFetch::key) == 1);
}

TEST_CASE("admin: brokers before Kafka 3.0 are asked for one group at a time") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1}}}, 8);
  serve_coordinator(broker, 1, 3);
  serve_commits(broker, 7, ErrorCode::NONE);
  broker.start();
  auto admin = connect_to(broker);
  CHECK(fetch_commits(*admin, 3) == std::vector<std::optional<std::int64_t>>{0, 1, 2});
  CHECK(count(broker, protocol::FindCoordinator::key) == 3);
  CHECK(count(broker, protocol::OffsetFetch::key) == 3);
}

TEST_CASE("admin: a coordinator that is still loading is asked again") {
  FakeBroker broker;
  serve_metadata(broker, {&broker}, {{"orders", {1}}});
  serve_coordinator(broker, 1, 6);
  serve_commits(broker, 9, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  broker.start();
  auto admin = connect_to(broker);
  CHECK(fetch_commits(*admin, 1) == std::vector<std::optional<std::int64_t>>{0});
  CHECK(count(broker, protocol::OffsetFetch::key) == 2);
}

TEST_CASE("admin: changes go to the controller, and a moved one is found again") {
  FakeBroker first;
  FakeBroker second;
  std::atomic<int> asked = 0;
  first.on<protocol::Metadata>([&](const protocol::MetadataRequest& request, protocol::Version) {
    auto response = test::metadata_reply(request, {&first, &second}, {});
    response.controller_id = asked++ == 0 ? 1 : 2;
    return response;
  });
  const auto serve_create = [](FakeBroker& broker, ErrorCode error) {
    broker.on<protocol::CreateTopics>(
        [error](const protocol::CreateTopicsRequest& request, protocol::Version) {
          protocol::CreateTopicsResponse response;
          for (const auto& topic : request.topics) {
            auto& created = response.topics.emplace_back();
            created.name = topic.name;
            created.error_code = error;
            created.num_partitions = topic.num_partitions;
          }
          return response;
        });
  };
  serve_create(first, ErrorCode::NOT_CONTROLLER);
  serve_create(second, ErrorCode::NONE);
  first.start();
  second.start();
  auto admin = connect_to(first);
  const NewTopic topic{"orders", 6, std::nullopt, {}};
  const auto created = admin->create_topics(std::span(&topic, 1), {});
  REQUIRE(created);
  CHECK_FALSE(created->front().error);
  CHECK(created->front().partitions == 6);
}

namespace {

/// Metadata of brokers 1 and 2, of which 1 is gone; it leads `orders` for the first `lookups`.
void serve_failover(FakeBroker& on, const FakeBroker& dead, int lookups) {
  auto asked = std::make_shared<std::atomic<int>>(0);
  on.on<protocol::Metadata>(
      [&on, &dead, asked, lookups](const protocol::MetadataRequest& request, protocol::Version) {
        const std::int32_t leader = (*asked)++ < lookups ? 1 : 2;
        return test::metadata_reply(request, {&dead, &on}, {{"orders", {leader}}});
      });
}

}  // namespace

TEST_CASE("admin: a dead leader's partition is asked for until another leads, for a while") {
  FakeBroker good;
  FakeBroker dead;
  dead.leave();
  serve_failover(good, dead, 4);
  serve_offsets(good, 42);
  good.start();
  auto admin = connect_to(good, 20'000);
  const OffsetQuery query{{"orders", 0}, OffsetSpec::latest()};
  const auto listed = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(listed);
  CHECK_FALSE(listed->front().error);
  CHECK(listed->front().offset == 42);
}

TEST_CASE("admin: a dead leader that nobody replaces is told long before the timeout") {
  FakeBroker good;
  FakeBroker dead;
  dead.leave();
  serve_failover(good, dead, 1'000'000);
  good.start();
  auto admin = connect_to(good, 600'000);
  const OffsetQuery query{{"orders", 0}, OffsetSpec::latest()};
  const auto listed = admin->list_offsets(std::span(&query, 1), Isolation::kReadUncommitted);
  REQUIRE(listed);
  REQUIRE(listed->front().error);
  CHECK(listed->front().error->error.kind() == ErrorKind::kUnreachable);
  CHECK(listed->front().error->error.message().starts_with("broker 1 advertises 127.0.0.1:"));
}

TEST_CASE("admin: when the controller that Metadata names is gone, another broker is asked") {
  FakeBroker good;
  FakeBroker dead;
  dead.leave();
  serve_failover(good, dead, 0);
  good.on<protocol::DescribeConfigs>(
      [](const protocol::DescribeConfigsRequest& request, protocol::Version) {
        protocol::DescribeConfigsResponse response;
        for (const auto& resource : request.resources) {
          auto& result = response.results.emplace_back();
          result.resource_type = resource.resource_type;
          result.resource_name = resource.resource_name;
        }
        return response;
      });
  good.start();
  auto admin = connect_to(good);
  const ConfigResource topic{ConfigResourceType::kTopic, "orders"};
  const auto configs =
      admin->describe_configs(std::span(&topic, 1), {.keys = {}, .synonyms = false});
  REQUIRE(configs);
  CHECK_FALSE(configs->front().error);
}

TEST_CASE("admin: the coordinator is looked up at another broker when the one asked has gone") {
  FakeBroker leaving;
  FakeBroker good;
  for (FakeBroker* broker : {&leaving, &good}) serve_metadata(*broker, {&leaving, &good}, {});
  leaving.list_without_answer<protocol::FindCoordinator>();
  serve_coordinator(good, 2, 6);
  leaving.start();
  good.start();
  auto admin =
      AdminClient::connect(test::config_for(leaving.address() + "," + good.address(), 20'000));
  REQUIRE(admin);
  REQUIRE((*admin)->describe_cluster());
  leaving.leave();
  const std::string group = "app";
  const auto found = (*admin)->find_coordinators(std::span(&group, 1));
  REQUIRE(found);
  CHECK_FALSE(found->front().error);
  CHECK(found->front().broker.id == 2);
}

TEST_CASE("admin: when all brokers given are gone, those that the cluster named are asked") {
  FakeBroker first;
  FakeBroker second;
  for (FakeBroker* broker : {&first, &second}) serve_metadata(*broker, {&first, &second}, {});
  first.start();
  second.start();
  auto admin = connect_to(first);
  REQUIRE(admin->describe_cluster());
  first.leave();
  const auto cluster = admin->describe_cluster();
  REQUIRE(cluster);
  CHECK(cluster->brokers.size() == 2);
}
