#include "coordinator/group_router.hpp"

#include <algorithm>

#include "unit/coordinator/group_fixture.hpp"

namespace kreel::test {
namespace {

using coordinator::GroupRouter;

/// Two shards on two executors, and a third thread's executor that asks.
struct RouterFixture {
  RouterFixture() {
    topics.add("orders", 10);
    for (PartitionId p = 0; p < config.offsets_topic_num_partitions; ++p) {
      shards[router.shard_of_partition(p)].load(p, log.source(p), [] {});
    }
    run();
  }

  void run() {
    for (int i = 0; i < 5; ++i) {
      executors[0].run_ready();
      executors[1].run_ready();
      home.run_ready();
    }
  }
  /// A group of the wanted shard.
  std::string group_in(std::size_t shard, int number = 0) const {
    for (int i = 0;; ++i) {
      const std::string id = "group-" + std::to_string(i);
      if (router.shard_of_partition(router.partition_of(id)) == shard && number-- == 0) return id;
    }
  }
  void commit(const std::string& group_id, Offset offset) {
    protocol::OffsetCommitRequest request;
    request.group_id = group_id;
    request.topics = {{"orders", {}, {{0, offset, -1, ""}}}};
    ErrorCode error = ErrorCode::UNKNOWN_SERVER_ERROR;
    router.commit(home, request, {"", "", 8}, [&](const auto& reply) {
      error = reply.topics.at(0).partitions.at(0).error_code;
    });
    run();
    CHECK(error == ErrorCode::NONE);
  }
  /// The groups of the answer, in its order.
  std::vector<std::string> described(const std::vector<std::string>& ids) {
    protocol::DescribeGroupsRequest request;
    request.groups = ids;
    std::vector<std::string> told;
    router.describe(home, request, {"", "", 5}, [&](const auto& reply) {
      for (const auto& group : reply.groups) told.push_back(group.group_id);
    });
    run();
    return told;
  }
  /// The errors of the answer, in its order.
  std::vector<ErrorCode> deleted(const std::vector<std::string>& ids) {
    protocol::DeleteGroupsRequest request;
    request.groups_names = ids;
    std::vector<ErrorCode> errors;
    router.delete_groups(home, request, [&](const auto& reply) {
      for (const auto& result : reply.results) errors.push_back(result.error_code);
    });
    run();
    return errors;
  }

  ManualClock clock;
  ManualExecutor home{clock};
  ManualExecutor executors[2]{ManualExecutor{clock}, ManualExecutor{clock}};
  SeededRandom random{1};
  FakeOffsetsLog log{executors[0]};
  FakeTopics topics;
  coordinator::GroupConfig config;
  GroupShard shards[2]{{{executors[0], clock, random, log, topics}, config},
                       {{executors[1], clock, random, log, topics}, config}};
  GroupRouter router{{{&executors[0], &shards[0]}, {&executors[1], &shards[1]}}, 50};
};

TEST_CASE_FIXTURE(RouterFixture, "router: a request runs on its shard, the reply at home") {
  const std::string group = group_in(1);
  protocol::JoinGroupRequest request;
  request.group_id = group;
  request.session_timeout_ms = 10'000;
  request.protocol_type = "consumer";
  request.protocols = {{"range", {}}};
  std::optional<ErrorCode> error;
  router.join(home, request, {"client", "/127.0.0.1", 5},
              [&](const auto& reply) { error = reply.error_code; });
  CHECK(home.run_ready() == 0);
  executors[1].run_ready();
  CHECK_FALSE(error.has_value());
  home.run_ready();
  CHECK(error == ErrorCode::MEMBER_ID_REQUIRED);
}

TEST_CASE_FIXTURE(RouterFixture, "router: on the shard's own thread nothing is posted") {
  std::optional<ErrorCode> error;
  protocol::HeartbeatRequest request;
  request.group_id = group_in(0);
  router.heartbeat(executors[0], request, [&](const auto& reply) { error = reply.error_code; });
  CHECK(error == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(RouterFixture, "router: member requests find their group") {
  std::vector<ErrorCode> errors;
  const auto note = [&](const auto& reply) { errors.push_back(reply.error_code); };
  for (const std::size_t shard : {0U, 1U}) {
    protocol::SyncGroupRequest sync;
    sync.group_id = group_in(shard);
    router.sync(home, sync, {"", "", 4}, note);
    protocol::LeaveGroupRequest leave;
    leave.group_id = group_in(shard);
    router.leave(home, leave, {"", "", 2}, note);
    protocol::OffsetDeleteRequest removal;
    removal.group_id = group_in(shard);
    router.delete_offsets(home, removal, note);
  }
  run();
  CHECK(std::count(errors.begin(), errors.end(), ErrorCode::UNKNOWN_MEMBER_ID) == 4);
  CHECK(std::count(errors.begin(), errors.end(), ErrorCode::GROUP_ID_NOT_FOUND) == 2);
}

TEST_CASE_FIXTURE(RouterFixture, "router: OffsetFetch of many groups keeps their order") {
  commit(group_in(0), 10);
  commit(group_in(1), 11);
  protocol::OffsetFetchRequest request;
  for (const auto& id : {group_in(1), group_in(0), group_in(1, 1)}) {
    auto& group = request.groups.emplace_back();
    group.group_id = id;
    group.topics = std::nullopt;
  }
  std::optional<protocol::OffsetFetchResponse> reply;
  router.fetch(home, request, {"", "", 8}, [&](auto got) { reply = std::move(got); });
  run();
  REQUIRE(reply.has_value());
  REQUIRE(reply->groups.size() == 3);
  CHECK(reply->groups[0].topics.at(0).partitions.at(0).committed_offset == 11);
  CHECK(reply->groups[1].topics.at(0).partitions.at(0).committed_offset == 10);
  CHECK(reply->groups[2].topics.empty());
  request.groups.clear();
  router.fetch(home, request, {"", "", 8}, [&](auto got) { reply = std::move(got); });
  CHECK(reply->groups.empty());
}

TEST_CASE_FIXTURE(RouterFixture, "router: a group that is named twice is answered once") {
  commit(group_in(0), 10);
  commit(group_in(1), 11);
  protocol::OffsetFetchRequest fetch;
  for (const auto& id : {group_in(1), group_in(0), group_in(1)}) {
    auto& group = fetch.groups.emplace_back();
    group.group_id = id;
    const auto partition = static_cast<PartitionId>(fetch.groups.size() / 3);
    group.topics->push_back({.name = "orders", .partition_indexes = {partition}});
  }
  std::optional<protocol::OffsetFetchResponse> fetched;
  router.fetch(home, fetch, {"", "", 8}, [&](auto got) { fetched = std::move(got); });
  run();
  REQUIRE(fetched.has_value());
  REQUIRE(fetched->groups.size() == 2);
  CHECK(fetched->groups[0].group_id == group_in(1));
  REQUIRE(fetched->groups[0].topics.size() == 2);
  CHECK(fetched->groups[0].topics[0].partitions.at(0).committed_offset == 11);
  CHECK(fetched->groups[0].topics[1].partitions.at(0).partition_index == 1);
  CHECK(fetched->groups[1].topics.at(0).partitions.at(0).committed_offset == 10);
  fetch.groups.emplace_back(fetch.groups[1]).topics = std::nullopt;
  router.fetch(home, fetch, {"", "", 8}, [&](auto got) { fetched = std::move(got); });
  run();
  REQUIRE(fetched->groups.size() == 2);
  CHECK(fetched->groups[1].topics.size() == 1);

  const std::vector<std::string> ids{group_in(1), group_in(0), group_in(1), group_in(1)};
  CHECK(described(ids) == std::vector<std::string>{group_in(1), group_in(0)});
  CHECK(deleted(ids) == std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::NONE});
}

TEST_CASE_FIXTURE(RouterFixture, "router: DescribeGroups and DeleteGroups keep the order asked") {
  commit(group_in(0), 1);
  commit(group_in(1), 1);
  const std::vector<std::string> ids{group_in(1), "unknown", group_in(0), group_in(1, 1)};
  CHECK(described(ids) == ids);
  CHECK(deleted(ids) == std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::GROUP_ID_NOT_FOUND,
                                               ErrorCode::NONE, ErrorCode::GROUP_ID_NOT_FOUND});
  bool empty_answered = false;
  router.describe(home, {}, {"", "", 5}, [&](const auto&) { empty_answered = true; });
  CHECK(empty_answered);
}

TEST_CASE_FIXTURE(RouterFixture, "router: ListGroups and deleted topics reach every shard") {
  commit(group_in(0), 1);
  commit(group_in(1), 1);
  std::optional<std::size_t> groups;
  router.list(home, {}, [&](const auto& reply) { groups = reply.groups.size(); });
  run();
  CHECK(groups == 2);
  const auto topics_with_offsets = [&] {
    protocol::OffsetFetchRequest fetch;
    for (const std::size_t shard : {0U, 1U}) {
      auto& group = fetch.groups.emplace_back();
      group.group_id = group_in(shard);
      group.topics = std::nullopt;
    }
    std::size_t count = 0;
    router.fetch(home, fetch, {"", "", 8}, [&](const auto& fetched) {
      for (const auto& group : fetched.groups) count += group.topics.size();
    });
    run();
    return count;
  };
  CHECK(topics_with_offsets() == 2);
  bool done = false;
  router.topics_deleted(home, {"orders"}, [&] { done = true; });
  run();
  CHECK(done);
  CHECK(topics_with_offsets() == 0);
}

TEST_CASE_FIXTURE(RouterFixture, "router: ListGroups fails while any partition is loading") {
  shards[1].load(1, log.source(1), [] {});
  std::optional<ErrorCode> error;
  router.list(home, {}, [&](const auto& reply) { error = reply.error_code; });
  executors[1].run_ready();  // the read itself is a task of the other one
  executors[0].run_ready();
  home.run_ready();
  REQUIRE(error.has_value());
  CHECK(error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  run();
}

}  // namespace
}  // namespace kreel::test
