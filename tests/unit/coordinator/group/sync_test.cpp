#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

void join_all(GroupFixture& fixture, const Clients& members) {
  for (const auto& member : members) member->join();
  fixture.advance_ms(100);
  for (const auto& member : members) REQUIRE(member->joined.has_value());
}

TEST_CASE_FIXTURE(GroupFixture, "sync: followers that come first wait for the leader") {
  const Clients members = make_clients(*this, 3);
  join_all(*this, members);
  for (const auto& member : members) {
    if (!member->is_leader()) member->sync();
  }
  executor.run_ready();
  CHECK_FALSE(follower_of(members).synced.has_value());
  leader_of(members).sync_all();
  executor.run_ready();
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    CHECK(member->assignment() == member->id());
  }
}

TEST_CASE_FIXTURE(GroupFixture, "sync: nobody gets an assignment before it is on disk") {
  const Clients members = make_clients(*this, 2);
  join_all(*this, members);
  log.hold = true;
  for (const auto& member : members) member->sync_all();
  executor.run_ready();
  for (const auto& member : members) CHECK_FALSE(member->synced.has_value());
  CHECK(log.batches(partition_of("group")).size() == 1);
  log.release();
  executor.run_ready();
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    CHECK(member->sync_error() == ErrorCode::NONE);
  }
}

TEST_CASE_FIXTURE(GroupFixture, "sync: a rebalance that begins before the disk answers wins") {
  const Clients members = make_clients(*this, 2);
  join_all(*this, members);
  log.hold = true;
  for (const auto& member : members) member->sync_all();
  GroupClient third(*this);
  third.join();
  for (const auto& member : members) {
    REQUIRE(member->synced.has_value());
    CHECK(member->sync_error() == ErrorCode::REBALANCE_IN_PROGRESS);
  }
  log.hold = false;
  log.release();
  executor.run_ready();
  CHECK(state_of("group") == "PreparingRebalance");
  for (const auto& member : members) member->join();
  executor.run_ready();
  CHECK(third.generation == 2);
}

TEST_CASE_FIXTURE(GroupFixture, "sync: of two assignments by the leader the later one counts") {
  const Clients members = make_clients(*this, 1);
  join_all(*this, members);
  log.hold = true;
  members[0]->sync({{members[0]->id(), "first"}});
  members[0]->sync({{members[0]->id(), "second"}});
  REQUIRE(members[0]->synced.has_value());  // the first request was superseded
  CHECK(members[0]->sync_error() == ErrorCode::REBALANCE_IN_PROGRESS);
  members[0]->synced.reset();
  log.hold = false;
  log.release();
  executor.run_ready();
  REQUIRE(members[0]->synced.has_value());
  CHECK(members[0]->assignment() == "second");
  CHECK(members[0]->owes_nothing());
}

TEST_CASE_FIXTURE(GroupFixture, "sync: a stable group repeats the stored assignment") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& follower = follower_of(members);
  const std::size_t batches = log.batch_count();
  follower.sync();
  REQUIRE(follower.synced.has_value());
  CHECK(follower.assignment() == follower.id());
  CHECK(follower.synced->protocol_type == "consumer");
  CHECK(follower.synced->protocol_name == "range");
  CHECK(log.batch_count() == batches);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "sync: requests that do not belong to this generation are refused") {
  const Clients members = make_clients(*this, 2);
  join_all(*this, members);
  GroupClient& follower = follower_of(members);
  SUBCASE("an older generation") {
    follower.generation = 0;
    follower.sync();
    CHECK(follower.sync_error() == ErrorCode::ILLEGAL_GENERATION);
  }
  SUBCASE("an unknown member") {
    follower.request.member_id = "ghost";
    follower.sync();
    CHECK(follower.sync_error() == ErrorCode::UNKNOWN_MEMBER_ID);
  }
  SUBCASE("an unknown group") {
    follower.request.group_id = "other";
    follower.sync();
    CHECK(follower.sync_error() == ErrorCode::UNKNOWN_MEMBER_ID);
  }
  SUBCASE("no group id") {
    follower.request.group_id.clear();
    follower.sync();
    CHECK(follower.sync_error() == ErrorCode::INVALID_GROUP_ID);
  }
  SUBCASE("during the next rebalance") {
    GroupClient third(*this);
    third.join();
    follower.sync();
    CHECK(follower.sync_error() == ErrorCode::REBALANCE_IN_PROGRESS);
    advance_ms(60'100);
  }
}

TEST_CASE_FIXTURE(GroupFixture, "sync: v5 names the protocol, and names it right") {
  const Clients members = make_clients(*this, 1);
  join_all(*this, members);
  protocol::SyncGroupRequest request;
  request.group_id = "group";
  request.generation_id = 1;
  request.member_id = members[0]->id();
  ErrorCode expected = ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
  SUBCASE("neither") {}
  SUBCASE("no name") {
    request.protocol_type = "consumer";
  }
  SUBCASE("another type") {
    request.protocol_type = "connect";
    request.protocol_name = "range";
  }
  SUBCASE("another name") {
    request.protocol_type = "consumer";
    request.protocol_name = "sticky";
  }
  SUBCASE("right") {
    request.protocol_type = "consumer";
    request.protocol_name = "range";
    expected = ErrorCode::NONE;
  }
  std::optional<ErrorCode> error;
  shard->sync(request, {"client", "/127.0.0.1", 5},
              [&](const auto& reply) { error = reply.error_code; });
  executor.run_ready();
  REQUIRE(error.has_value());
  CHECK(*error == expected);
}

TEST_CASE_FIXTURE(GroupFixture, "sync: waiting for the leader keeps a follower alive") {
  const Clients members = make_clients(*this, 2);
  join_all(*this, members);
  GroupClient& follower = follower_of(members);
  GroupClient& leader = leader_of(members);
  follower.sync();
  for (int waited_ms = 0; waited_ms < 30'000; waited_ms += 5'000) {
    advance_ms(5'000);
    CHECK(leader.heartbeat() == ErrorCode::NONE);
  }
  leader.sync_all();
  executor.run_ready();
  REQUIRE(follower.synced.has_value());
  CHECK(follower.sync_error() == ErrorCode::NONE);
  // From here on its session runs again.
  advance_ms(9'000);
  CHECK(follower.heartbeat() == ErrorCode::NONE);
  CHECK(leader.heartbeat() == ErrorCode::NONE);
}

}  // namespace
}  // namespace kreel::test
