#include "coordinator/group_service.hpp"

#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

TEST_CASE_FIXTURE(GroupFixture,
                  "shard: requests for partitions that are elsewhere are turned away") {
  shard->unload(partition_of("group"));
  GroupClient client(*this);
  client.send_join();
  CHECK(client.join_error() == ErrorCode::NOT_COORDINATOR);
  client.sync();
  CHECK(client.sync_error() == ErrorCode::NOT_COORDINATOR);
  CHECK(client.heartbeat() == ErrorCode::NOT_COORDINATOR);
  CHECK(client.leave() == ErrorCode::NOT_COORDINATOR);
  CHECK(commit("group", "orders", 0, 1) == ErrorCode::NOT_COORDINATOR);
  CHECK(describe("group").error_code == ErrorCode::NOT_COORDINATOR);
  protocol::OffsetFetchRequest::OffsetFetchRequestGroup fetch;
  fetch.group_id = "group";
  std::vector<ErrorCode> errors;
  shard->fetch(fetch, false, {"", "", 8}, [&](const auto& r) { errors.push_back(r.error_code); });
  protocol::OffsetDeleteRequest removal;
  removal.group_id = "group";
  shard->delete_offsets(removal, [&](const auto& r) { errors.push_back(r.error_code); });
  shard->delete_groups({"group"}, [&](const auto& r) { errors.push_back(r.at(0).error_code); });
  CHECK(errors == std::vector<ErrorCode>(3, ErrorCode::NOT_COORDINATOR));
}

TEST_CASE_FIXTURE(GroupFixture, "shard: while a partition loads, clients are asked to wait") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  shard = make_shard();
  shard->load(partition_of("group"), log.source(partition_of("group")), [] {});
  CHECK_FALSE(shard->is_ready());
  GroupClient other(*this);
  other.send_join();
  CHECK(other.join_error() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  members[0]->sync();
  CHECK(members[0]->sync_error() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
  std::vector<ErrorCode> errors;
  shard->list({}, [&](const auto& r) { errors.push_back(r.error_code); });
  protocol::LeaveGroupRequest leave;
  leave.group_id = "group";
  shard->leave(leave, {"", "", 3}, [&](const auto& r) { errors.push_back(r.error_code); });
  protocol::OffsetFetchRequest::OffsetFetchRequestGroup fetch;
  fetch.group_id = "group";
  shard->fetch(fetch, false, {"", "", 8}, [&](const auto& r) { errors.push_back(r.error_code); });
  CHECK(errors == std::vector<ErrorCode>(3, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS));
  executor.run_ready();
  CHECK(shard->is_ready());
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(GroupFixture, "shard: after a restart members go on where they were") {
  const Clients members = make_clients(*this, 3);
  stabilize(*this, members);
  members[0]->commit("orders", 0, 42);
  start();
  for (const auto& member : members) CHECK(member->heartbeat() == ErrorCode::NONE);
  CHECK(state_of("group") == "Stable");
  CHECK(committed("group", "orders", 0) == 42);
  CHECK(members[1]->commit("orders", 1, 43) == ErrorCode::NONE);
  // A follower that asks again gets what it had; the leader is still the leader.
  GroupClient& follower = follower_of(members);
  follower.join();
  REQUIRE(follower.joined.has_value());
  CHECK(follower.generation == 1);
  follower.sync();
  CHECK(follower.assignment() == follower.id());
}

TEST_CASE_FIXTURE(GroupFixture,
                  "shard: members that do not come back after a restart are expelled") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  start();
  advance_ms(5'000);
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
  advance_ms(5'200);
  CHECK(members[0]->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
}

TEST_CASE_FIXTURE(GroupFixture, "shard: a crash in a rebalance brings the last generation back") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient newcomer(*this);
  newcomer.join();
  start();
  REQUIRE(newcomer.joined.has_value());  // answered by the shard's end
  CHECK(newcomer.join_error() == ErrorCode::NOT_COORDINATOR);
  CHECK(state_of("group") == "Stable");
  for (const auto& member : members) CHECK(member->heartbeat() == ErrorCode::NONE);
  // Its id was never on disk.
  newcomer.send_join();
  CHECK(newcomer.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "shard: a crash before the assignment was on disk loses nobody") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  leader_of(members).send_join();
  for (const auto& member : members) {
    if (!member->is_leader()) member->send_join();
  }
  executor.run_ready();
  log.hold = true;
  for (const auto& member : members) member->sync_all();
  executor.run_ready();
  log.cut(partition_of("group"), log.batches(partition_of("group")).size() - 1);
  start();
  log.hold = false;
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    CHECK(member->sync_error() == ErrorCode::NOT_COORDINATOR);
    // Generation 1 is what the disk knows: a heartbeat of 2 tells the member to join again.
    CHECK(member->heartbeat() == ErrorCode::ILLEGAL_GENERATION);
  }
  // The clients keep their ids, so nobody has to be waited for.
  for (const auto& member : members) member->send_join();
  executor.run_ready();
  for (const auto& member : members) {
    REQUIRE(member->joined.has_value());
    CHECK(member->join_error() == ErrorCode::NONE);
  }
}

TEST_CASE_FIXTURE(GroupFixture, "shard: a failed write leaves what the log says, and works again") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  CHECK(members[0]->commit("orders", 0, 1) == ErrorCode::NONE);
  log.fail_appends = 1;
  CHECK(members[0]->commit("orders", 0, 2) == ErrorCode::NOT_COORDINATOR);
  CHECK(members[0]->commit("orders", 0, 3) == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  advance_ms(1'100);
  CHECK(committed("group", "orders", 0) == 1);
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
  CHECK(members[0]->commit("orders", 0, 4) == ErrorCode::NONE);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "shard: an assignment that cannot be written reaches nobody") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->join();
  advance_ms(50);
  SUBCASE("the append fails") {
    log.fail_appends = 1;
    for (const auto& member : members) member->sync_all();
    executor.run_ready();
  }
  SUBCASE("the sync fails") {
    log.hold = true;
    for (const auto& member : members) member->sync_all();
    log.cut(partition_of("group"), 0);
    log.release(ErrorCode::KAFKA_STORAGE_ERROR);
    log.hold = false;
    executor.run_ready();
  }
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    const bool told = member->sync_error() == ErrorCode::NOT_COORDINATOR ||
                      member->sync_error() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    const bool unknown = member->sync_error() == ErrorCode::UNKNOWN_MEMBER_ID;
    CHECK((told || unknown));
    CHECK(member->owes_nothing());
  }
  advance_ms(1'100);
  const Clients next = make_clients(*this, 2);
  stabilize(*this, next);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "shard: its end answers everything that is parked") {
  const Clients members = make_clients(*this, 3);
  for (const auto& member : members) member->join();
  advance_ms(50);
  for (const auto& member : members) {
    if (!member->is_leader()) member->sync();
  }
  GroupClient other(*this, "other");
  other.join();
  log.hold = true;
  std::optional<ErrorCode> commit_error;
  protocol::OffsetCommitRequest request;
  request.group_id = "simple";
  request.topics = {{"orders", {}, {{0, 8, -1, ""}}}};
  shard->commit(request, {"", "", 8}, [&](const auto& reply) {
    commit_error = reply.topics.at(0).partitions.at(0).error_code;
  });
  shard.reset();
  CHECK(commit_error == ErrorCode::NOT_COORDINATOR);
  CHECK(other.join_error() == ErrorCode::NOT_COORDINATOR);
  for (const auto& member : members) CHECK(member->owes_nothing());
  log.hold = false;
  log.release();
  executor.run_ready();
  start();
}

TEST_CASE_FIXTURE(GroupFixture, "shard: a reply may be followed by the next request at once") {
  GroupClient client(*this);
  client.send_join();
  client.request.member_id = client.joined->member_id;
  client.joined.reset();
  std::optional<ErrorCode> synced;
  shard->join(client.request, client.context, [&](const protocol::JoinGroupResponse& joined) {
    protocol::SyncGroupRequest sync;
    sync.group_id = "group";
    sync.generation_id = joined.generation_id;
    sync.member_id = joined.member_id;
    shard->sync(sync, {"", "", 3}, [&](const auto& reply) { synced = reply.error_code; });
  });
  advance_ms(10);
  CHECK(synced == ErrorCode::NONE);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "shard: tells every committed offset, for metrics") {
  commit("a", "orders", 0, 5);
  commit("b", "payments", 2, 6);
  std::map<std::string, Offset> seen;
  shard->for_each_offset([&](const coordinator::CommittedOffsetView& view) {
    seen[std::string(view.group_id) + "/" + std::string(view.topic) + "-" +
         std::to_string(view.partition)] = view.offset;
  });
  CHECK(seen == std::map<std::string, Offset>{{"a/orders-0", 5}, {"b/payments-2", 6}});
}

TEST_CASE_FIXTURE(GroupFixture, "shard: groups of a partition are bounded") {
  shard.reset();
  config.offsets_topic_num_partitions = 1;
  start();
  protocol::BatchBuilder builder({});
  for (int i = 0; i < 20'000; ++i) {
    const auto record = coordinator::offset_record({"g" + std::to_string(i), "orders", 0}, {});
    builder.append({1, ByteView(record.key), ByteView(*record.value), {}});
  }
  log.add_batch(0, builder.build());
  start();
  CHECK(commit("one too many", "orders", 0, 1) == ErrorCode::POLICY_VIOLATION);
  CHECK(commit("g7", "orders", 0, 1) == ErrorCode::NONE);
  GroupClient client(*this, "one too many");
  client.send_join();
  CHECK(client.join_error() == ErrorCode::GROUP_MAX_SIZE_REACHED);
}

}  // namespace
}  // namespace kreel::test
