#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

TEST_CASE_FIXTURE(GroupFixture,
                  "join: a dynamic member of v4 has to come back with the id it got") {
  GroupClient client(*this);
  client.send_join();
  REQUIRE(client.joined.has_value());
  CHECK(client.join_error() == ErrorCode::MEMBER_ID_REQUIRED);
  CHECK(client.joined->member_id.starts_with("client-"));
  CHECK(client.joined->member_id.size() == std::string("client-").size() + 36);
  CHECK(state_of("group") == "Empty");

  client.request.member_id = client.joined->member_id;
  client.joined.reset();
  client.send_join();
  CHECK_FALSE(client.joined.has_value());
  advance_ms(5);
  REQUIRE(client.joined.has_value());
  CHECK(client.join_error() == ErrorCode::NONE);
  CHECK(client.joined->generation_id == 1);
  CHECK(client.joined->leader == client.id());
  CHECK(client.joined->protocol_type == "consumer");
  CHECK(client.joined->protocol_name == "range");
  REQUIRE(client.joined->members.size() == 1);
  CHECK(client.joined->members[0].metadata == subscription({"orders"}));
}

TEST_CASE_FIXTURE(GroupFixture, "join: v0 to v3 enter at once, and v0 uses one timeout for both") {
  for (const protocol::Version version : std::vector<protocol::Version>{0, 1, 3}) {
    GroupClient client(*this, "group-" + std::to_string(version));
    client.context.version = version;
    client.request.rebalance_timeout_ms = version == 0 ? -1 : 5'000;
    client.send_join();
    advance_ms(5);
    REQUIRE(client.joined.has_value());
    CHECK(client.join_error() == ErrorCode::NONE);
    // Nobody syncs: the rebalance timeout ends the membership, which shows which one was taken.
    advance_ms(5'200);
    CHECK(client.heartbeat() == (version == 0 ? ErrorCode::NONE : ErrorCode::UNKNOWN_MEMBER_ID));
  }
}

TEST_CASE_FIXTURE(GroupFixture, "join: requests that cannot be served are refused") {
  GroupClient client(*this);
  SUBCASE("no group id") {
    client.request.group_id.clear();
    client.send_join();
    CHECK(client.join_error() == ErrorCode::INVALID_GROUP_ID);
  }
  SUBCASE("a session shorter than the least") {
    client.request.session_timeout_ms = 5'999;
    client.send_join();
    CHECK(client.join_error() == ErrorCode::INVALID_SESSION_TIMEOUT);
  }
  SUBCASE("a session longer than the most") {
    client.request.session_timeout_ms = 1'800'001;
    client.send_join();
    CHECK(client.join_error() == ErrorCode::INVALID_SESSION_TIMEOUT);
  }
  SUBCASE("a member id of a group that does not exist") {
    client.request.member_id = "ghost";
    client.send_join();
    CHECK(client.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
    CHECK(client.joined->member_id == "ghost");
  }
  SUBCASE("no protocol type") {
    client.request.protocol_type.clear();
    client.send_join();
    CHECK(client.join_error() == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  }
  SUBCASE("no protocol") {
    client.request.protocols.clear();
    client.send_join();
    CHECK(client.join_error() == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  }
  SUBCASE("metadata beyond all measure") {
    client.request.protocols[0].metadata.resize((std::size_t{1} << 20) + 1);
    client.send_join();
    CHECK(client.join_error() == ErrorCode::INVALID_REQUEST);
  }
  CHECK(list().empty());
  CHECK(log.batch_count() == 0);
}

TEST_CASE_FIXTURE(GroupFixture, "join: an unknown member of a group that exists starts anew") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  GroupClient stranger(*this);
  stranger.request.member_id = "ghost";
  stranger.send_join();
  CHECK(stranger.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "join: a member needs a protocol that all others know") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient other(*this);
  SUBCASE("another protocol") {
    other.request.protocols = {{"sticky", {}}};
  }
  SUBCASE("another type") {
    other.request.protocol_type = "connect";
  }
  other.send_join();
  CHECK(other.join_error() == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "join: an empty group takes members of another protocol type") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  CHECK(members[0]->leave() == ErrorCode::NONE);
  CHECK(state_of("group") == "Empty");
  const Clients workers = make_clients(*this, 1);
  workers[0]->request.protocol_type = "connect";
  workers[0]->request.protocols = {{"sessioned", to_bytes("x")}};
  stabilize(*this, workers);
  CHECK(describe("group").protocol_type == "connect");
  CHECK(workers[0]->generation == 3);
}

TEST_CASE_FIXTURE(GroupFixture, "join: an id that was handed out ends with the session timeout") {
  GroupClient client(*this);
  client.send_join();
  client.request.member_id = client.joined->member_id;
  advance_ms(10'200);
  CHECK(list().empty());
  client.send_join();
  CHECK(client.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "join: group.max.size turns away who comes last") {
  shard.reset();
  config.group_max_size = 2;
  start();
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient third(*this);
  third.send_join();
  CHECK(third.join_error() == ErrorCode::GROUP_MAX_SIZE_REACHED);
  CHECK(third.joined->member_id.empty());
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "join: a group above a lowered group.max.size shrinks") {
  const Clients members = make_clients(*this, 3);
  stabilize(*this, members);
  shard.reset();
  config.group_max_size = 2;
  start();
  CHECK(state_of("group") == "PreparingRebalance");
  for (const auto& member : members) member->join();
  executor.run_ready();
  int refused = 0;
  for (const auto& member : members) {
    REQUIRE(member->joined.has_value());
    if (member->join_error() == ErrorCode::GROUP_MAX_SIZE_REACHED) ++refused;
  }
  CHECK(refused == 1);
  CHECK(describe("group").members.size() == 2);
}

TEST_CASE_FIXTURE(GroupFixture, "join: asked again while parked, the newer request is answered") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& follower = follower_of(members);
  GroupClient& leader = leader_of(members);
  leader.join();
  CHECK_FALSE(leader.joined.has_value());
  leader.send_join();  // the parked one is superseded
  REQUIRE(leader.joined.has_value());
  CHECK(leader.join_error() == ErrorCode::REBALANCE_IN_PROGRESS);
  leader.joined.reset();
  follower.join();
  executor.run_ready();
  REQUIRE(leader.joined.has_value());
  CHECK(leader.join_error() == ErrorCode::NONE);
  CHECK(leader.owes_nothing());
  CHECK(leader.generation == 2);
}

TEST_CASE_FIXTURE(GroupFixture, "join: a lost reply is repeated before SyncGroup") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->join();
  advance_ms(50);
  for (const auto& member : members) {
    const auto before = member->joined;
    member->join();
    REQUIRE(member->joined.has_value());
    CHECK(*member->joined == *before);
  }
  CHECK(state_of("group") == "CompletingRebalance");
}

TEST_CASE_FIXTURE(GroupFixture, "join: changed metadata before SyncGroup starts over") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->join();
  advance_ms(50);
  GroupClient& follower = follower_of(members);
  follower.sync();
  follower.request.protocols[0].metadata = subscription({"payments"});
  follower.joined.reset();
  follower.send_join();
  REQUIRE(follower.synced.has_value());
  CHECK(follower.sync_error() == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK(state_of("group") == "PreparingRebalance");
  leader_of(members).join();
  executor.run_ready();
  CHECK(follower.generation == 2);
}

TEST_CASE_FIXTURE(GroupFixture, "join: of a stable group only the leader may force a rebalance") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& follower = follower_of(members);
  follower.join();
  REQUIRE(follower.joined.has_value());
  CHECK(follower.joined->generation_id == 1);
  CHECK(follower.joined->members.empty());
  CHECK(state_of("group") == "Stable");
  leader_of(members).join();
  CHECK(state_of("group") == "PreparingRebalance");
}

TEST_CASE_FIXTURE(GroupFixture, "join: a new member that nobody waits for is dropped in the end") {
  const Clients members = make_clients(*this, 1);
  members[0]->request.rebalance_timeout_ms = 1'000'000;
  stabilize(*this, members);
  GroupClient silent(*this);
  silent.context.version = 3;
  silent.request.rebalance_timeout_ms = 1'000'000;
  silent.send_join();
  for (int waited_ms = 0; waited_ms < 295'000; waited_ms += 5'000) {
    advance_ms(5'000);
    CHECK(members[0]->heartbeat() == ErrorCode::REBALANCE_IN_PROGRESS);
  }
  CHECK_FALSE(silent.joined.has_value());
  advance_ms(5'100);
  REQUIRE(silent.joined.has_value());
  CHECK(silent.join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
}

}  // namespace
}  // namespace kreel::test
