#include <set>

#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

TEST_CASE_FIXTURE(GroupFixture, "rebalance: a second member waits for the first to rejoin") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  GroupClient second(*this);
  second.join();
  CHECK_FALSE(second.joined.has_value());
  CHECK(state_of("group") == "PreparingRebalance");
  CHECK(members[0]->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  members[0]->join();
  executor.run_ready();
  REQUIRE(second.joined.has_value());
  CHECK(second.generation == 2);
  CHECK(members[0]->generation == 2);
  CHECK(members[0]->is_leader());
  CHECK(members[0]->joined->members.size() == 2);
  CHECK(second.joined->members.empty());
}

TEST_CASE_FIXTURE(GroupFixture,
                  "rebalance: 15 members of a topic with 10 partitions are all stable") {
  const Clients members = make_clients(*this, 15);
  for (const auto& member : members) member->join();
  advance_ms(200);
  GroupClient& leader = leader_of(members);
  GroupClient::Assignments assignments;
  for (const auto& member : leader.joined->members) {
    // The last five are idle: the leader does not name them at all.
    if (assignments.size() < 10) assignments[member.member_id] = "one partition";
  }
  int idle = 0;
  for (const auto& member : members) member->sync(assignments);
  executor.run_ready();
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    CHECK(member->sync_error() == ErrorCode::NONE);
    if (member->synced->assignment.empty()) ++idle;
    CHECK(member->heartbeat() == ErrorCode::NONE);
  }
  CHECK(idle == 5);
  CHECK(describe("group").members.size() == 15);
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: cooperative members rejoin twice, without a gap") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) {
    member->request.protocols = {{"cooperative-sticky", subscription({"orders"})}};
  }
  members[0]->join();
  advance_ms(10);
  members[0]->sync_all();
  executor.run_ready();
  // The first rebalance takes partitions away, the second gives them to the newcomer.
  members[1]->join();
  members[0]->join();
  executor.run_ready();
  for (const auto& member : members) member->sync_all();
  executor.run_ready();
  CHECK(members[0]->generation == 2);
  CHECK(state_of("group") == "Stable");
  members[0]->request.protocols[0].metadata = to_bytes("owns less");
  members[0]->join();
  CHECK(members[1]->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  members[1]->join();
  executor.run_ready();
  for (const auto& member : members) member->sync_all();
  executor.run_ready();
  for (const auto& member : members) {
    CHECK(member->generation == 3);
    CHECK(member->assignment() == member->id());
    CHECK(member->owes_nothing());
  }
  CHECK(describe("group").protocol_data == "cooperative-sticky");
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: who does not rejoin in time is out") {
  const Clients members = make_clients(*this, 3);
  stabilize(*this, members);
  GroupClient& leader = leader_of(members);
  leader.join();
  // The others live (they send heartbeats) but never rejoin.
  for (int waited_ms = 0; waited_ms < 59'000; waited_ms += 5'000) {
    for (const auto& member : members) {
      if (member.get() != &leader) CHECK(member->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
    }
    CHECK_FALSE(leader.joined.has_value());
    advance_ms(5'000);
  }
  advance_ms(1'000);
  REQUIRE(leader.joined.has_value());
  CHECK(leader.joined->members.size() == 1);
  CHECK(follower_of(members).heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: the longest of the members' timeouts holds") {
  const Clients members = make_clients(*this, 2);
  members[0]->request.rebalance_timeout_ms = 7'000;
  members[1]->request.rebalance_timeout_ms = 9'000;
  stabilize(*this, members);
  GroupClient third(*this);
  third.request.rebalance_timeout_ms = 1'000;
  third.join();
  advance_ms(8'500);
  CHECK_FALSE(third.joined.has_value());
  advance_ms(700);
  CHECK(third.joined.has_value());
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: another member leads when the leader does not rejoin") {
  const Clients members = make_clients(*this, 3);
  for (const auto& member : members) member->request.session_timeout_ms = 100'000;
  stabilize(*this, members);
  GroupClient& old_leader = leader_of(members);
  GroupClient newcomer(*this);
  newcomer.join();
  for (const auto& member : members) {
    if (member.get() != &old_leader) member->join();
  }
  advance_ms(60'100);
  REQUIRE(newcomer.joined.has_value());
  CHECK(newcomer.joined->leader != old_leader.id());
  std::set<std::string> leaders{newcomer.joined->leader};
  for (const auto& member : members) {
    if (member.get() != &old_leader) leaders.insert(member->joined->leader);
  }
  CHECK(leaders.size() == 1);
  CHECK(old_leader.heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: the leader leaves in the middle of one") {
  const Clients members = make_clients(*this, 3);
  for (const auto& member : members) member->join();
  advance_ms(100);
  GroupClient& leader = leader_of(members);
  for (const auto& member : members) {
    if (member.get() != &leader) member->sync();
  }
  CHECK(leader.leave() == ErrorCode::NONE);
  for (const auto& member : members) {
    if (member.get() == &leader) continue;
    REQUIRE(member->synced.has_value());
    CHECK(member->sync_error() == ErrorCode::REBALANCE_IN_PROGRESS);
    member->join();
  }
  executor.run_ready();
  std::set<std::string> leaders;
  for (const auto& member : members) {
    if (member.get() == &leader) continue;
    REQUIRE(member->joined.has_value());
    leaders.insert(member->joined->leader);
    CHECK(member->generation == 2);
  }
  CHECK(leaders.size() == 1);
  CHECK_FALSE(leaders.contains(leader.id()));
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: members that never sync are dropped") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->request.session_timeout_ms = 100'000;
  for (const auto& member : members) member->join();
  advance_ms(50);
  GroupClient& leader = leader_of(members);
  GroupClient& silent = follower_of(members);
  leader.sync_all();
  executor.run_ready();
  CHECK(state_of("group") == "Stable");
  advance_ms(60'100);
  CHECK(state_of("group") == "PreparingRebalance");
  CHECK(silent.heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
  leader.join();
  executor.run_ready();
  CHECK(leader.joined->members.size() == 1);
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: nobody is dropped once all have synced") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->request.session_timeout_ms = 100'000;
  stabilize(*this, members);
  advance_ms(61'000);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "rebalance: the protocol that most members prefer is taken") {
  const Clients members = make_clients(*this, 3);
  const Bytes metadata = subscription({"orders"});
  members[0]->request.protocols = {{"range", metadata}, {"sticky", metadata}, {"own", metadata}};
  members[1]->request.protocols = {{"sticky", metadata}, {"range", metadata}};
  members[2]->request.protocols = {
      {"unknown", metadata}, {"sticky", metadata}, {"range", metadata}};
  stabilize(*this, members);
  CHECK(members[0]->joined->protocol_name == "sticky");
  CHECK(describe("group").protocol_data == "sticky");
}

}  // namespace
}  // namespace kreel::test
