#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "support/authorization_world.hpp"
#include "support/captured_log.hpp"

// What the matrix does not show: requests about several things at once, and what comes later.

using namespace kreel;
using namespace kreel::protocol;
using test::Login;
using enum AclOperation;

namespace {

struct World : test::AuthorizationWorld {
  explicit World(Login login = Login::kSasl) : AuthorizationWorld(login, {}) {}

  Acl allow(AclOperation operation, const std::string& topic) {
    return {.name = topic, .principal = connection().principal, .operation = operation};
  }
  Acl allow(AclOperation operation, AclResource resource, const std::string& name) {
    Acl acl = allow(operation, name);
    acl.resource = resource;
    return acl;
  }
  Offset log_end(const std::string& topic) {
    return catalog().snapshot()->find(topic)->partition(0)->offsets().log_end;
  }
  Uuid id_of(const std::string& topic) { return catalog().snapshot()->find(topic)->id; }

  ErrorCode first_error(const ProduceResponse& response, std::size_t topic = 0) {
    return response.responses.at(topic).partition_responses.at(0).error_code;
  }
  MetadataResponse::MetadataResponseTopic metadata(const std::string& name, bool create = false) {
    MetadataRequest request;
    request.topics->emplace_back().name = name;
    request.allow_auto_topic_creation = create;
    return call<Metadata>(request, 12).topics.at(0);
  }
};

}  // namespace

TEST_CASE("authorization: of a produce to two topics the one that is allowed is written") {
  World world;
  world.set_acls({world.allow(kWrite, "orders")});
  const Bytes batch = world.batch();
  ProduceRequest request = world.produce_request("secret-payroll", batch);
  request.topic_data.push_back(world.produce_request("orders", batch).topic_data[0]);
  const Offset secret = world.log_end("secret-payroll");
  const Offset orders = world.log_end("orders");
  const auto response = world.call<Produce>(request, 12);
  CHECK(world.first_error(response, 0) == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(world.first_error(response, 1) == ErrorCode::NONE);
  CHECK(world.log_end("secret-payroll") == secret);
  CHECK(world.log_end("orders") == orders + 1);
}

TEST_CASE("authorization: a topic known by id is denied like one known by name") {
  World world;
  const Bytes batch = world.batch();
  ProduceRequest request = world.produce_request("", batch);
  request.topic_data[0].topic_id = world.id_of("orders");
  CHECK(world.first_error(world.call<Produce>(request, 13)) ==
        ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  SeededRandom random(9);
  request.topic_data[0].topic_id = Uuid::random(random);
  CHECK(world.first_error(world.call<Produce>(request, 13)) == ErrorCode::UNKNOWN_TOPIC_ID);
  world.set_acls({world.allow(kWrite, "orders")});
  request.topic_data[0].topic_id = world.id_of("orders");
  CHECK(world.first_error(world.call<Produce>(request, 13)) == ErrorCode::NONE);
}

TEST_CASE("authorization: a produce that waits for no answer is closed when it is denied") {
  World world;
  const Bytes batch = world.batch();
  ProduceRequest request = world.produce_request("orders", batch);
  request.acks = 0;
  const Offset before = world.log_end("orders");
  world.send<Produce>(request, 12);
  world.work();
  CHECK(world.sink().closed);
  CHECK(world.log_end("orders") == before);
}

TEST_CASE(
    "authorization: the batches say what is transactional, not the request (CVE-2018-17196)") {
  World world;
  world.set_acls({world.allow(kWrite, "orders")});
  const Offset before = world.log_end("orders");
  const Bytes batch = world.batch(true);
  ProduceRequest request = world.produce_request("orders", batch);
  CHECK(world.first_error(world.call<Produce>(request, 12)) ==
        ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  for (const char* id : {"tx-1", "mine"}) {
    request.transactional_id = id;
    CHECK(world.first_error(world.call<Produce>(request, 12)) ==
          ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  }
  // His own transactional id does not open the transaction of another one's producer id.
  world.set_acls(
      {world.allow(kWrite, "orders"), world.allow(kWrite, AclResource::kTransactionalId, "mine")});
  CHECK(world.first_error(world.call<Produce>(request, 12)) != ErrorCode::NONE);
  CHECK(world.log_end("orders") == before);
}

TEST_CASE("authorization: in a fetch session an ACL counts from the next request on") {
  World world;
  FetchRequest request;
  request.session_epoch = 0;
  request.max_wait_ms = 0;
  request.topics.emplace_back().topic = "orders";
  request.topics.back().partitions.emplace_back().partition_max_bytes = 1'000;
  const auto denied = world.call<Fetch>(request, 12);
  const auto& answer = denied.responses.at(0).partitions.at(0);
  CHECK(answer.error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(answer.high_watermark == -1);
  CHECK(answer.records.size_bytes() == 0);
  world.set_acls({world.allow(kRead, "orders")});
  FetchRequest next;
  next.session_id = denied.session_id;
  next.session_epoch = 1;
  next.max_wait_ms = 0;
  const auto allowed = world.call<Fetch>(next, 12);
  CHECK(allowed.responses.at(0).partitions.at(0).error_code == ErrorCode::NONE);
  CHECK(allowed.responses.at(0).partitions.at(0).records.size_bytes() > 0);
  world.set_acls({});
  next.session_epoch = 2;
  CHECK(world.call<Fetch>(next, 12).responses.at(0).partitions.at(0).error_code ==
        ErrorCode::TOPIC_AUTHORIZATION_FAILED);
}

TEST_CASE(
    "authorization: what was decided for one is kept until an ACL changes, and for nobody else") {
  World world;
  // More than are kept.
  std::vector<Acl> acls;
  for (int i = 0; i < 40; i += 2) acls.push_back(world.allow(kDescribe, fmt::format("t{}", i)));
  const auto expect = [&world](int first_allowed) {
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 40; ++i) {
        const bool allowed = i % 2 == 0 && i >= first_allowed;
        CAPTURE(i);
        CHECK(world.metadata(fmt::format("t{}", i)).error_code ==
              (allowed ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
                       : ErrorCode::TOPIC_AUTHORIZATION_FAILED));
      }
    }
  };
  world.set_acls(acls);
  expect(0);
  world.set_acls({acls.begin() + 10, acls.end()});
  expect(20);
  // Another operation with the same topic, another user and another address.
  CHECK(world.metadata("t20", true).error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  world.as_root([&] {
    CHECK(world.metadata("t0").error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    return 0;
  });
  CHECK(world.metadata("t0").error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  Acl elsewhere = world.allow(kDescribe, "t0");
  elsewhere.host = "10.0.0.7";
  world.set_acls({elsewhere});
  CHECK(world.metadata("t0").error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  world.connection().peer_host = "10.0.0.7";
  CHECK(world.metadata("t0").error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("authorization: nobody is told whether a topic exists that he may not describe") {
  World world;
  const auto there = world.metadata("secret-payroll", true);
  const auto not_there = world.metadata("secret-plans", true);
  CHECK(there.error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(there.topic_id.is_zero());
  CHECK(there.partitions.empty());
  auto same = not_there;
  same.name = there.name;
  CHECK(there == same);
  CHECK(world.catalog().snapshot()->find("secret-plans") == nullptr);
  // Ids are no secret, names are.
  MetadataRequest request;
  request.topics->emplace_back().name.reset();
  request.topics->back().topic_id = world.id_of("secret-payroll");
  const auto by_id = world.call<Metadata>(request, 12).topics.at(0);
  CHECK(by_id.error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK_FALSE(by_id.name);
  CHECK(by_id.partitions.empty());
}

TEST_CASE("authorization: a topic is made by asking for it by one who may create it") {
  World world;
  world.set_acls({world.allow(kDescribe, "fresh")});
  CHECK(world.metadata("fresh").error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(world.metadata("fresh", true).error_code == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(world.catalog().snapshot()->find("fresh") == nullptr);
  world.set_acls({world.allow(kDescribe, "fresh"), world.allow(kCreate, "fresh")});
  CHECK(world.metadata("fresh", true).error_code == ErrorCode::NONE);
  CHECK(world.catalog().snapshot()->find("fresh") != nullptr);
}

TEST_CASE("authorization: pages of topics skip what is denied, the cursor too") {
  World world;
  world.create_topic("table");
  world.set_acls({world.allow(kDescribe, "orders"), world.allow(kDescribe, "table")});
  DescribeTopicPartitionsRequest request;
  request.response_partition_limit = 2;
  const auto first = world.call<DescribeTopicPartitions>(request);
  REQUIRE(first.topics.size() == 1);
  CHECK(first.topics[0].name == "orders");
  REQUIRE(first.next_cursor);
  CHECK(first.next_cursor->topic_name == "table");
}

TEST_CASE("authorization: of several groups, each is answered by its own right") {
  World world;
  world.set_acls(
      {world.allow(kDescribe, AclResource::kGroup, "readers"), world.allow(kDescribe, "orders")});
  OffsetFetchRequest request;
  for (const char* group : {"secret-group", "readers"}) {
    auto& asked = request.groups.emplace_back();
    asked.group_id = group;
    for (const char* topic : {"secret-payroll", "orders"}) {
      asked.topics->emplace_back().name = topic;
      asked.topics->back().partition_indexes = {0};
    }
  }
  const auto response = world.call<OffsetFetch>(request, 9);
  REQUIRE(response.groups.size() == 2);
  CHECK(response.groups[0].group_id == "readers");
  CHECK(response.groups[0].error_code == ErrorCode::NONE);
  REQUIRE(response.groups[0].topics.size() == 2);
  CHECK(response.groups[0].topics[0].name == "orders");
  CHECK(response.groups[0].topics[0].partitions.at(0).committed_offset == 1);
  CHECK(response.groups[0].topics[1].partitions.at(0).committed_offset == -1);
  CHECK(response.groups[0].topics[1].partitions.at(0).error_code ==
        ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  CHECK(response.groups[1].group_id == "secret-group");
  CHECK(response.groups[1].error_code == ErrorCode::GROUP_AUTHORIZATION_FAILED);
  CHECK(response.groups[1].topics.empty());
}

TEST_CASE("authorization: one topic that is denied keeps the others out of a transaction") {
  World world;
  world.set_acls(
      {world.allow(kWrite, AclResource::kTransactionalId, "tx-1"), world.allow(kWrite, "orders")});
  AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = "tx-1";
  request.v3_and_below_producer_id = world.producer_id;
  request.v3_and_below_producer_epoch = world.producer_epoch;
  request.v3_and_below_topics = {{"orders", {1}}, {"secret-payroll", {0}}};
  const auto response = world.call<AddPartitionsToTxn>(request, 3);
  REQUIRE(response.results_by_topic_v3_and_below.size() == 2);
  const auto error_of = [&](std::size_t topic) {
    return response.results_by_topic_v3_and_below[topic]
        .results_by_partition.at(0)
        .partition_error_code;
  };
  CHECK(error_of(0) == ErrorCode::OPERATION_NOT_ATTEMPTED);
  CHECK(error_of(1) == ErrorCode::TOPIC_AUTHORIZATION_FAILED);
}

TEST_CASE("authorization: a client that asks is told what it may do") {
  World world;
  const auto bits = [](std::initializer_list<AclOperation> operations) {
    std::int32_t all = 0;
    for (const auto operation : operations) all |= 1 << static_cast<int>(operation);
    return all;
  };
  world.set_acls({world.allow(kRead, "orders"),
                  world.allow(kDelete, AclResource::kGroup, "readers"),
                  world.allow(kAlter, AclResource::kCluster, "kafka-cluster")});
  MetadataRequest metadata;
  metadata.topics->emplace_back().name = "orders";
  metadata.include_topic_authorized_operations = true;
  metadata.include_cluster_authorized_operations = true;
  const auto told = world.call<Metadata>(metadata, 9);
  CHECK(told.topics.at(0).topic_authorized_operations == bits({kRead, kDescribe}));
  CHECK(told.cluster_authorized_operations == bits({kAlter, kDescribe}));
  DescribeGroupsRequest groups;
  groups.groups = {"readers"};
  groups.include_authorized_operations = true;
  CHECK(world.call<DescribeGroups>(groups).groups.at(0).authorized_operations ==
        bits({kDelete, kDescribe}));
}

TEST_CASE("authorization: a request that is denied whole carries Kafka's text") {
  World world;
  const std::optional<std::string> text = "Cluster authorization failed.";
  CHECK(world.call<DescribeAcls>({}).error_message == text);
  CHECK(world.call<DescribeUserScramCredentials>({}).error_message == text);
  const auto quotas = world.call<DescribeClientQuotas>({});
  CHECK(quotas.error_message == text);
  CHECK(!quotas.entries);
  AlterUserScramCredentialsRequest users;
  users.deletions.push_back({.name = "app", .mechanism = 1});
  CHECK(world.call<AlterUserScramCredentials>(users).results.at(0).error_message == text);
}

TEST_CASE("authorization: whoever may not find a coordinator is told so until version 3") {
  World world;
  FindCoordinatorRequest request;
  request.key = "readers";
  const auto group = world.call<FindCoordinator>(request, 3);
  CHECK(group.error_code == ErrorCode::GROUP_AUTHORIZATION_FAILED);
  CHECK(group.error_message == std::optional<std::string>("Group authorization failed."));
  request.key_type = 1;
  CHECK(world.call<FindCoordinator>(request, 3).error_message ==
        std::optional<std::string>("Transactional Id authorization failed."));
  request.key.clear();
  request.coordinator_keys = {"tx-1"};
  CHECK(world.call<FindCoordinator>(request, 4).coordinators.at(0).error_message ==
        std::optional<std::string>(""));
}

TEST_CASE("authorization: a denial is told in the log, by whom, from where, and of what") {
  World world;
  const std::string_view told =
      "denied to User:app from 127.0.0.1: Describe on Topic secret-payroll, for Metadata";
  // One line a second: an earlier test may have had this one's.
  for (int tries = 0; tries < 600; ++tries) {
    test::CapturedLog log;
    world.metadata("secret-payroll");
    const auto lines = log.lines();
    if (!lines.empty()) {
      CHECK(lines.front().find(told) != std::string::npos);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  FAIL("no line in a minute");
}
