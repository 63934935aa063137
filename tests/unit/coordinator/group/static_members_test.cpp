#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

Clients stable_static_group(GroupFixture& fixture, protocol::Version version = 7) {
  Clients members = make_clients(fixture, 3);
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i]->request.group_instance_id = "instance-" + std::to_string(i);
    members[i]->context.version = version;
  }
  stabilize(fixture, members);
  return members;
}

/// The same instance after a restart of its process.
std::unique_ptr<GroupClient> restarted(GroupFixture& fixture, const GroupClient& before) {
  auto after = std::make_unique<GroupClient>(fixture);
  after->request = before.request;
  after->request.member_id.clear();
  after->context = before.context;
  return after;
}

TEST_CASE_FIXTURE(GroupFixture, "static: a member id is given at the first join") {
  GroupClient client(*this);
  client.request.group_instance_id = "instance";
  client.send_join();
  CHECK_FALSE(client.joined.has_value());
  advance_ms(5);
  REQUIRE(client.joined.has_value());
  CHECK(client.id().starts_with("instance-"));
  REQUIRE(client.joined->members.size() == 1);
  CHECK(client.joined->members[0].group_instance_id == "instance");
}

TEST_CASE_FIXTURE(GroupFixture,
                  "static: a restarted follower takes its place without a rebalance") {
  const Clients members = stable_static_group(*this);
  GroupClient& old_self = follower_of(members);
  const auto new_self = restarted(*this, old_self);
  new_self->send_join();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->join_error() == ErrorCode::NONE);
  CHECK(new_self->id() != old_self.id());
  CHECK(new_self->joined->generation_id == 1);
  CHECK_FALSE(new_self->joined->skip_assignment);
  CHECK(state_of("group") == "Stable");
  new_self->sync();
  REQUIRE(new_self->synced.has_value());
  CHECK(new_self->assignment() == old_self.id());
  // The former self is fenced wherever it shows up.
  CHECK(old_self.heartbeat() == ErrorCode::FENCED_INSTANCE_ID);
  CHECK(old_self.commit("orders", 0, 1) == ErrorCode::FENCED_INSTANCE_ID);
  old_self.sync();
  CHECK(old_self.sync_error() == ErrorCode::FENCED_INSTANCE_ID);
  old_self.send_join();
  CHECK(old_self.join_error() == ErrorCode::FENCED_INSTANCE_ID);
  CHECK(old_self.leave() == ErrorCode::FENCED_INSTANCE_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "static: a restarted leader of v9 is told to skip the assignment") {
  const Clients members = stable_static_group(*this, 9);
  const auto new_self = restarted(*this, leader_of(members));
  new_self->send_join();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->is_leader());
  CHECK(new_self->joined->skip_assignment);
  CHECK(new_self->joined->members.size() == 3);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "static: a restarted leader of v8 believes that it follows") {
  const Clients members = stable_static_group(*this, 8);
  GroupClient& old_self = leader_of(members);
  const auto new_self = restarted(*this, old_self);
  new_self->send_join();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->joined->leader == old_self.id());
  CHECK(new_self->joined->members.empty());
  CHECK_FALSE(new_self->joined->skip_assignment);
  // In truth it leads: its next JoinGroup forces a rebalance.
  new_self->send_join();
  CHECK(state_of("group") == "PreparingRebalance");
}

TEST_CASE_FIXTURE(GroupFixture, "static: the new id is on disk before its owner learns it") {
  const Clients members = stable_static_group(*this);
  log.hold = true;
  const auto new_self = restarted(*this, follower_of(members));
  new_self->send_join();
  executor.run_ready();
  CHECK_FALSE(new_self->joined.has_value());
  SUBCASE("and then it does") {}
  SUBCASE("a rebalance that begins meanwhile counts it as joined") {
    leader_of(members).join();
    for (const auto& member : members) {
      const bool replaced =
          member->request.group_instance_id == new_self->request.group_instance_id;
      if (!replaced && !member->is_leader()) member->join();
    }
  }
  log.hold = false;
  log.release();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->join_error() == ErrorCode::NONE);
  CHECK(new_self->owes_nothing());
}

TEST_CASE_FIXTURE(GroupFixture,
                  "static: another preference that wins the vote causes a rebalance") {
  Clients members = make_clients(*this, 1);
  const Bytes metadata = subscription({"orders"});
  members[0]->request.group_instance_id = "instance";
  members[0]->request.protocols = {{"range", metadata}, {"sticky", metadata}};
  stabilize(*this, members);
  const auto new_self = restarted(*this, *members[0]);
  new_self->request.protocols = {{"sticky", metadata}, {"range", metadata}};
  new_self->send_join();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->generation == 2);
  CHECK(new_self->joined->protocol_name == "sticky");
}

TEST_CASE_FIXTURE(GroupFixture,
                  "static: a replacement before SyncGroup starts the rebalance over") {
  Clients members = make_clients(*this, 2);
  members[0]->request.group_instance_id = "a";
  members[1]->request.group_instance_id = "b";
  for (const auto& member : members) member->join();
  advance_ms(50);
  GroupClient& old_self = follower_of(members);
  old_self.sync();
  const auto new_self = restarted(*this, old_self);
  new_self->send_join();
  REQUIRE(old_self.synced.has_value());
  CHECK(old_self.sync_error() == ErrorCode::FENCED_INSTANCE_ID);
  CHECK(state_of("group") == "PreparingRebalance");
  leader_of(members).join();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->generation == 2);
}

TEST_CASE_FIXTURE(GroupFixture, "static: the parked join of a former self is fenced") {
  const Clients members = stable_static_group(*this);
  leader_of(members).send_join();
  CHECK(state_of("group") == "PreparingRebalance");
  GroupClient& old_self = follower_of(members);
  old_self.joined.reset();
  old_self.send_join();
  CHECK_FALSE(old_self.joined.has_value());
  const auto new_self = restarted(*this, old_self);
  new_self->send_join();
  REQUIRE(old_self.joined.has_value());
  CHECK(old_self.join_error() == ErrorCode::FENCED_INSTANCE_ID);
  CHECK(old_self.owes_nothing());
}

TEST_CASE_FIXTURE(GroupFixture, "static: an absent member keeps its place through a rebalance") {
  const Clients members = stable_static_group(*this);
  GroupClient& absent = follower_of(members);
  absent.request.session_timeout_ms = 10'000;
  GroupClient newcomer(*this);
  newcomer.request.rebalance_timeout_ms = 2'000;
  for (const auto& member : members) {
    if (member.get() == &absent) continue;
    member->request.rebalance_timeout_ms = 2'000;
  }
  newcomer.join();
  for (const auto& member : members) {
    if (member.get() != &absent) member->send_join();
  }
  // absent sends heartbeats, so its session lives, but does not rejoin within the longest timeout.
  for (int waited_ms = 0; waited_ms < 60'000; waited_ms += 5'000) {
    advance_ms(5'000);
    absent.heartbeat();
  }
  advance_ms(200);
  REQUIRE(newcomer.joined.has_value());
  CHECK(newcomer.join_error() == ErrorCode::NONE);
  CHECK(describe("group").members.size() == 4);
}

TEST_CASE_FIXTURE(GroupFixture, "static: an unknown instance id with a member id is unknown") {
  const Clients members = stable_static_group(*this);
  GroupClient stranger(*this);
  stranger.request.member_id = members[0]->id();
  stranger.request.group_instance_id = "nobody";
  stranger.send_join();
  CHECK(stranger.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
  stranger.generation = 1;
  CHECK(stranger.heartbeat() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "static: members are found again after a restart of the broker") {
  const Clients members = stable_static_group(*this);
  start();
  CHECK(state_of("group") == "Stable");
  const auto new_self = restarted(*this, follower_of(members));
  new_self->send_join();
  executor.run_ready();
  REQUIRE(new_self->joined.has_value());
  CHECK(new_self->generation == 1);
  CHECK(state_of("group") == "Stable");
}

}  // namespace
}  // namespace kreel::test
