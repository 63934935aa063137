#include <algorithm>
#include <set>

#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

/// How long a parked join of a lone member takes.
std::int64_t time_until_joined_ms(GroupFixture& fixture, GroupClient& client,
                                  std::int64_t at_most_ms) {
  for (std::int64_t waited = 0; waited <= at_most_ms; ++waited) {
    if (client.joined) return waited;
    fixture.advance_ms(1);
  }
  return -1;
}

TEST_CASE_FIXTURE(GroupFixture, "settle: a lone consumer waits three milliseconds") {
  GroupClient client(*this);
  client.join();
  CHECK(time_until_joined_ms(*this, client, 100) == 3);
}

TEST_CASE_FIXTURE(GroupFixture, "settle: consumers that start together share one generation") {
  const Clients members = make_clients(*this, 3);
  for (const auto& member : members) {
    member->join();
    advance_ms(2);
  }
  advance_ms(50);
  for (const auto& member : members) {
    REQUIRE(member->joined.has_value());
    CHECK(member->generation == 1);
  }
}

TEST_CASE_FIXTURE(GroupFixture, "settle: 100 members are stable within 250 ms of the first join") {
  const Clients members = make_clients(*this, 100);
  const std::int64_t began_ms = clock.monotonic_ms();
  for (const auto& member : members) {
    member->join();
    advance_ms(1);
  }
  while (!members.back()->joined && clock.monotonic_ms() - began_ms < 1'000) advance_ms(1);
  for (const auto& member : members) member->sync_all();
  executor.run_ready();
  CHECK(clock.monotonic_ms() - began_ms <= 250);
  std::set<std::string> leaders;
  for (const auto& member : members) {
    REQUIRE(member->joined.has_value());
    CHECK(member->generation == 1);
    leaders.insert(member->joined->leader);
    REQUIRE(member->synced.has_value());
    CHECK(member->assignment() == member->id());
  }
  CHECK(leaders.size() == 1);
  CHECK(leader_of(members).joined->members.size() == 100);
}

TEST_CASE_FIXTURE(GroupFixture, "settle: an id that was handed out is waited for, for 50 ms") {
  GroupClient first(*this);
  GroupClient slow(*this);
  first.join();
  slow.send_join();
  REQUIRE(slow.joined.has_value());
  slow.request.member_id = slow.joined->member_id;
  advance_ms(40);
  CHECK_FALSE(first.joined.has_value());
  slow.joined.reset();
  slow.send_join();
  advance_ms(60);
  REQUIRE(first.joined.has_value());
  REQUIRE(slow.joined.has_value());
  CHECK(first.generation == 1);
  CHECK(slow.generation == 1);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "settle: an id that nobody uses holds the others up for 50 ms only") {
  GroupClient first(*this);
  GroupClient ghost(*this);
  first.join();
  ghost.send_join();
  CHECK(time_until_joined_ms(*this, first, 200) == 50);
}

TEST_CASE_FIXTURE(GroupFixture, "settle: joins that never stop are let in after three seconds") {
  Clients members;
  const std::int64_t began_ms = clock.monotonic_ms();
  std::int64_t elapsed_ms = 0;
  while (elapsed_ms < 3'300) {
    members.push_back(std::make_unique<GroupClient>(*this));
    members.back()->join();
    advance_ms(std::clamp<std::int64_t>(elapsed_ms / 3, 2, 40));  // always just before the quiet
    elapsed_ms = clock.monotonic_ms() - began_ms;
    CHECK(members.front()->joined.has_value() == (elapsed_ms >= 3'000));
  }
}

TEST_CASE_FIXTURE(GroupFixture,
                  "settle: a member that leaves does not end the wait of the others") {
  const Clients members = make_clients(*this, 2);
  for (const auto& member : members) member->join();
  CHECK(members[0]->leave() == ErrorCode::NONE);
  CHECK(members[0]->join_error() == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK_FALSE(members[1]->joined.has_value());
  advance_ms(5);
  REQUIRE(members[1]->joined.has_value());
  CHECK(members[1]->is_leader());
}

TEST_CASE_FIXTURE(GroupFixture, "settle: when all have left, the group is empty again") {
  GroupClient client(*this);
  client.join();
  CHECK(client.leave() == ErrorCode::NONE);
  advance_ms(10);
  CHECK(state_of("group") == "Empty");
  client.request.member_id.clear();
  client.join();
  CHECK(time_until_joined_ms(*this, client, 100) == 3);
  CHECK(client.generation == 2);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "settle: group.initial.rebalance.delay.ms above 0 is Kafka's rule") {
  shard.reset();
  config.group_initial_rebalance_delay_ms = 1'000;
  start();
  const Clients members = make_clients(*this, 3);
  members[0]->join();
  SUBCASE("one delay for a lone member") {
    advance_ms(999);
    CHECK_FALSE(members[0]->joined.has_value());
    advance_ms(1);
    CHECK(members[0]->joined.has_value());
  }
  SUBCASE("another one while members come") {
    advance_ms(900);
    members[1]->join();
    advance_ms(900);
    CHECK_FALSE(members[0]->joined.has_value());
    members[2]->join();
    advance_ms(300);
    CHECK_FALSE(members[0]->joined.has_value());
    advance_ms(900);
    for (const auto& member : members) {
      REQUIRE(member->joined.has_value());
      CHECK(member->generation == 1);
    }
  }
  SUBCASE("but never longer than the rebalance timeout") {
    Clients more;
    for (int i = 0; i < 10; ++i) {
      more.push_back(std::make_unique<GroupClient>(*this));
      more.back()->request.rebalance_timeout_ms = 3'000;
    }
    members[0]->leave();
    advance_ms(1'000);
    for (const auto& member : more) {
      member->join();
      advance_ms(400);
    }
    CHECK(more.front()->joined.has_value());
  }
}

}  // namespace
}  // namespace kreel::test
