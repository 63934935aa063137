#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

TEST_CASE_FIXTURE(GroupFixture, "heartbeat: answers by state and generation") {
  const Clients members = make_clients(*this, 1);
  GroupClient& member = *members[0];
  member.request.member_id = "ghost";
  CHECK(member.heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
  member.request.member_id.clear();
  member.join();
  advance_ms(10);
  CHECK(member.heartbeat() == ErrorCode::NONE);  // consumers begin before SyncGroup
  member.sync_all();
  executor.run_ready();
  CHECK(member.heartbeat() == ErrorCode::NONE);
  member.generation = 7;
  CHECK(member.heartbeat() == ErrorCode::ILLEGAL_GENERATION);
  member.request.group_id.clear();
  CHECK(member.heartbeat() == ErrorCode::INVALID_GROUP_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "heartbeat: keeps the session; a killed member is out after it") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& survivor = *members[0];
  GroupClient& killed = *members[1];
  for (int i = 0; i < 3; ++i) {
    advance_ms(3'000);
    CHECK(survivor.heartbeat() == ErrorCode::NONE);
  }
  advance_ms(1'200);
  CHECK(survivor.heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  survivor.join();
  executor.run_ready();
  REQUIRE(survivor.joined.has_value());
  CHECK(survivor.is_leader());
  CHECK(survivor.joined->members.size() == 1);
  CHECK(killed.heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "heartbeat: when the last member vanishes the group is empty") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  advance_ms(10'200);
  const auto group = describe("group");
  CHECK(group.group_state == "Empty");
  CHECK(group.protocol_type == "consumer");
  CHECK(group.members.empty());
  // Its generation goes on from where it was.
  const Clients next = make_clients(*this, 1);
  stabilize(*this, next);
  CHECK(next[0]->generation == 3);
}

TEST_CASE_FIXTURE(GroupFixture, "leave: the others rebalance at once") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  CHECK(members[0]->leave() == ErrorCode::NONE);
  CHECK(members[1]->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  members[1]->join();
  executor.run_ready();
  CHECK(members[1]->is_leader());
  CHECK(members[0]->leave() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "leave: the last one waited for completes the rebalance") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  members[0]->join();
  if (!members[0]->is_leader() && members[0]->joined) members[1]->join();
  GroupClient third(*this);
  third.join();
  members[0]->joined.reset();
  members[0]->send_join();
  CHECK_FALSE(third.joined.has_value());
  CHECK(members[1]->leave() == ErrorCode::NONE);
  CHECK(third.joined.has_value());
}

TEST_CASE_FIXTURE(GroupFixture, "leave: the group's end is on disk before the reply") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  log.hold = true;
  protocol::LeaveGroupRequest request;
  request.group_id = "group";
  request.members = {{members[0]->id(), std::nullopt, std::nullopt}};
  bool answered = false;
  shard->leave(request, {"client", "/127.0.0.1", 5}, [&](const auto&) { answered = true; });
  executor.run_ready();
  CHECK_FALSE(answered);
  log.hold = false;
  log.release();
  executor.run_ready();
  CHECK(answered);
}

TEST_CASE_FIXTURE(GroupFixture, "leave: v0 to v2 name one member and tell its error at the top") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  protocol::LeaveGroupRequest request;
  request.group_id = "group";
  request.member_id = "ghost";
  std::optional<protocol::LeaveGroupResponse> reply;
  const auto leave = [&] {
    shard->leave(request, {"client", "/127.0.0.1", 2}, [&](auto got) { reply = std::move(got); });
    executor.run_ready();
  };
  leave();
  CHECK(reply->error_code == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(reply->members.empty());
  request.member_id = members[0]->id();
  leave();
  CHECK(reply->error_code == ErrorCode::NONE);
  CHECK(reply->members.empty());
}

TEST_CASE_FIXTURE(GroupFixture, "leave: many at once, each with its own verdict") {
  Clients members = make_clients(*this, 3);
  members[2]->request.group_instance_id = "static-1";
  stabilize(*this, members);
  GroupClient pending(*this);
  pending.send_join();
  protocol::LeaveGroupRequest request;
  request.group_id = "group";
  request.members = {{members[0]->id(), std::nullopt, "bye"},
                     {"ghost", std::nullopt, std::nullopt},
                     {"", "static-1", "removed by an administrator"},
                     {"", "static-2", std::nullopt},
                     {"", std::nullopt, std::nullopt},
                     {members[1]->id(), "static-3", std::nullopt},
                     {pending.joined->member_id, std::nullopt, std::nullopt}};
  std::vector<ErrorCode> errors;
  shard->leave(request, {"client", "/127.0.0.1", 5}, [&](const auto& reply) {
    for (const auto& member : reply.members) errors.push_back(member.error_code);
  });
  executor.run_ready();
  CHECK(errors == std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::UNKNOWN_MEMBER_ID,
                                         ErrorCode::NONE, ErrorCode::UNKNOWN_MEMBER_ID,
                                         ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::UNKNOWN_MEMBER_ID,
                                         ErrorCode::NONE});
  CHECK(describe("group").members.size() == 1);
}

TEST_CASE_FIXTURE(GroupFixture, "leave: an unknown group answers for every member") {
  GroupClient client(*this, "nowhere");
  client.request.member_id = "ghost";
  CHECK(client.leave() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "sessions: after a suspension who lives stays, who is gone goes soon") {
  const Clients members = make_clients(*this, 3);
  for (const auto& member : members) member->request.session_timeout_ms = 45'000;
  stabilize(*this, members);
  clock.advance_ms(60'000);  // SIGSTOP for a minute: timers find themselves long overdue
  executor.run_ready();
  CHECK(state_of("group") == "Stable");
  // Two are alive and go on where they were; the third was killed meanwhile.
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
  CHECK(members[1]->heartbeat() == ErrorCode::NONE);
  advance_ms(3'000);
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
  CHECK(members[1]->heartbeat() == ErrorCode::NONE);
  CHECK(state_of("group") == "Stable");
  advance_ms(2'200);
  CHECK(state_of("group") == "PreparingRebalance");
  members[0]->join();
  members[1]->join();
  executor.run_ready();
  REQUIRE(members[0]->joined.has_value());
  REQUIRE(members[1]->joined.has_value());
  CHECK(members[0]->joined->leader == members[1]->joined->leader);
  CHECK(leader_of(members).joined->members.size() == 2);
}

// librdkafka gives its member up when its own session time is over, and joins as a new one; the
// broker finds the old one's last heartbeat and the new one's JoinGroup together in its sockets.
TEST_CASE_FIXTURE(
    GroupFixture,
    "sessions: after a suspension a member that has given itself up holds up nobody") {
  Clients members = make_clients(*this, 1);
  members[0]->request.session_timeout_ms = 45'000;
  members[0]->request.rebalance_timeout_ms = 300'000;
  stabilize(*this, members);
  clock.advance_ms(60'000);
  CHECK(members[0]->heartbeat() == ErrorCode::NONE);
  GroupClient again(*this);
  again.request.session_timeout_ms = 45'000;
  again.request.rebalance_timeout_ms = 300'000;
  again.join();
  executor.run_ready();
  CHECK(state_of("group") == "PreparingRebalance");
  advance_ms(5'200);
  REQUIRE(again.joined.has_value());
  CHECK(again.joined->error_code == ErrorCode::NONE);
  CHECK(again.joined->members.size() == 1);
}

TEST_CASE_FIXTURE(GroupFixture, "sessions: a suspension during a rebalance ends it cleanly") {
  const Clients members = make_clients(*this, 3);
  stabilize(*this, members);
  leader_of(members).join();
  clock.advance_ms(120'000);
  executor.run_ready();
  CHECK(state_of("group") == "PreparingRebalance");
  for (const auto& member : members) {
    if (!member->is_leader()) member->join();
  }
  executor.run_ready();
  int leaders = 0;
  for (const auto& member : members) {
    REQUIRE(member->joined.has_value());
    CHECK(member->generation == 2);
    if (member->is_leader()) ++leaders;
  }
  CHECK(leaders == 1);
}

}  // namespace
}  // namespace kreel::test
