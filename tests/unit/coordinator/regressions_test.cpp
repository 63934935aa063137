#include "unit/coordinator/group_client.hpp"

// Bugs that other brokers had in public, each by name.

namespace kreel::test {
namespace {

TEST_CASE_FIXTURE(GroupFixture,
                  "redpanda#5607: a static member that joins an empty group is no crash") {
  const Clients before = make_clients(*this, 1);
  before[0]->request.group_instance_id = "instance";
  stabilize(*this, before);
  protocol::LeaveGroupRequest leave;
  leave.group_id = "group";
  leave.members = {{"", "instance", std::nullopt}};
  shard->leave(leave, {"", "", 5}, [](const auto&) {});
  executor.run_ready();
  CHECK(state_of("group") == "Empty");
  GroupClient with_old_id(*this);
  with_old_id.request = before[0]->request;
  with_old_id.send_join();
  CHECK(with_old_id.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
  GroupClient after(*this);
  after.request.group_instance_id = "instance";
  after.join();
  advance_ms(10);
  REQUIRE(after.joined.has_value());
  CHECK(after.join_error() == ErrorCode::NONE);
  start();
  CHECK(state_of("group") == "Empty");
}

TEST_CASE_FIXTURE(GroupFixture, "tansu#625: the second member is not UNKNOWN_MEMBER_ID") {
  const Clients first = make_clients(*this, 1);
  stabilize(*this, first);
  GroupClient second(*this);
  second.send_join();
  REQUIRE(second.join_error() == ErrorCode::MEMBER_ID_REQUIRED);
  second.request.member_id = second.joined->member_id;
  second.joined.reset();
  second.send_join();
  CHECK(first[0]->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  first[0]->join();
  executor.run_ready();
  REQUIRE(second.joined.has_value());
  CHECK(second.join_error() == ErrorCode::NONE);
  second.sync();
  first[0]->sync_all();
  executor.run_ready();
  CHECK(second.sync_error() == ErrorCode::NONE);
  CHECK(second.heartbeat() == ErrorCode::NONE);
  CHECK(first[0]->heartbeat() == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(GroupFixture, "tansu#679: SyncGroup always carries assignment bytes") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->join();
  advance_ms(50);
  leader_of(members).sync();  // assigns to nobody
  for (const auto& member : members) {
    if (!member->is_leader()) member->sync();
  }
  executor.run_ready();
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    CHECK(member->sync_error() == ErrorCode::NONE);
    protocol::WireWriter out;
    protocol::encode(*member->synced, 3, out);
    CHECK_FALSE(out.failed());
    CHECK(out.bytes().size() == 4 + 2 + 4);  // throttle time, error, empty bytes: not null
  }
}

TEST_CASE_FIXTURE(GroupFixture, "tansu#447: a negative retention time is the broker's default") {
  for (const std::int64_t retention_ms :
       {std::int64_t{-1}, std::int64_t{-2}, std::numeric_limits<std::int64_t>::min()}) {
    protocol::OffsetCommitRequest request;
    request.group_id = "simple";
    request.retention_time_ms = retention_ms;
    request.topics = {{"orders", {}, {{0, 5, -1, ""}}}};
    CHECK(commit(request, 4) == ErrorCode::NONE);
    advance_ms(601'000);  // past the next expiry check
    CHECK(committed("simple", "orders", 0) == 5);
  }
}

TEST_CASE_FIXTURE(GroupFixture, "redpanda#8689: OffsetFetch answers each partition once") {
  commit("simple", "orders", 0, 5);
  protocol::OffsetFetchRequest::OffsetFetchRequestGroup request;
  request.group_id = "simple";
  request.topics = {{"orders", {}, {0, 0, 1, 0}}, {"orders", {}, {1}}};
  std::vector<PartitionId> told;
  shard->fetch(request, false, {"", "", 8}, [&](const auto& group) {
    for (const auto& topic : group.topics) {
      for (const auto& partition : topic.partitions) told.push_back(partition.partition_index);
    }
  });
  executor.run_ready();
  CHECK(told == std::vector<PartitionId>{0, 1});
}

TEST_CASE_FIXTURE(GroupFixture, "redpanda#9850: the committed leader epoch is given back") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  members[0]->commit("orders", 0, 5);
  protocol::OffsetFetchRequest::OffsetFetchRequestGroup request;
  request.group_id = "group";
  request.topics = std::nullopt;
  std::optional<LeaderEpoch> epoch;
  start();
  shard->fetch(request, false, {"", "", 8}, [&](const auto& group) {
    epoch = group.topics.at(0).partitions.at(0).committed_leader_epoch;
  });
  executor.run_ready();
  CHECK(epoch == 1);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "franz-go 7825098b: the rebalance timeout is that of the members there are") {
  const Clients members = make_clients(*this, 2);
  members[0]->request.rebalance_timeout_ms = 1'000'000;
  members[1]->request.rebalance_timeout_ms = 5'000;
  members[1]->request.session_timeout_ms = 100'000;
  stabilize(*this, members);
  members[0]->leave();
  members[1]->join();
  executor.run_ready();
  members[1]->sync_all();
  executor.run_ready();
  GroupClient newcomer(*this);
  newcomer.request.rebalance_timeout_ms = 5'000;
  newcomer.join();
  advance_ms(5'200);  // not the thousand seconds of the one that left
  REQUIRE(newcomer.joined.has_value());
  CHECK(newcomer.join_error() == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "KAFKA-9752: a member that never syncs does not hold the group up for ever") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) {
    member->request.session_timeout_ms = 1'800'000;
    member->request.rebalance_timeout_ms = 10'000;
    member->join();
  }
  advance_ms(50);
  GroupClient& leader = leader_of(members);
  GroupClient& follower = follower_of(members);
  follower.sync();
  advance_ms(10'200);  // the leader is gone between its two requests
  REQUIRE(follower.synced.has_value());
  CHECK(follower.sync_error() == ErrorCode::REBALANCE_IN_PROGRESS);
  follower.join();
  executor.run_ready();
  REQUIRE(follower.joined.has_value());
  CHECK(follower.is_leader());
  CHECK(leader.heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "KAFKA-4614: a session that ended while parked does not expel the member after") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& leader = leader_of(members);
  GroupClient& follower = follower_of(members);
  leader.join();
  for (int waited_ms = 0; waited_ms < 30'000; waited_ms += 5'000) {
    advance_ms(5'000);
    CHECK(follower.heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  }
  follower.join();
  executor.run_ready();
  REQUIRE(leader.joined.has_value());
  advance_ms(9'000);
  CHECK(leader.heartbeat() == ErrorCode::NONE);
}

}  // namespace
}  // namespace kreel::test
