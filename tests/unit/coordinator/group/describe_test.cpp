#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

std::vector<ErrorCode> delete_groups(GroupFixture& fixture, std::vector<std::string> ids) {
  std::vector<ErrorCode> errors;
  fixture.shard->delete_groups(std::move(ids), [&](const auto& results) {
    for (const auto& result : results) errors.push_back(result.error_code);
  });
  fixture.executor.run_ready();
  return errors;
}

TEST_CASE_FIXTURE(GroupFixture, "describe: a stable group with what its members brought") {
  const Clients members = make_clients(*this, 2);
  members[0]->request.group_instance_id = "instance";
  members[0]->context.client_id = "billing";
  members[0]->context.client_host = "/10.0.0.7";
  stabilize(*this, members);
  const auto group = describe("group");
  CHECK(group.error_code == ErrorCode::NONE);
  CHECK(group.group_id == "group");
  CHECK(group.group_state == "Stable");
  CHECK(group.protocol_type == "consumer");
  CHECK(group.protocol_data == "range");
  REQUIRE(group.members.size() == 2);
  for (const auto& member : group.members) {
    CHECK(member.member_metadata == subscription({"orders"}));
    CHECK(as_text(member.member_assignment) == member.member_id);
    const bool is_static = member.member_id == members[0]->id();
    CHECK(member.group_instance_id.has_value() == is_static);
    CHECK(member.client_id == (is_static ? "billing" : "client"));
    CHECK(member.client_host == (is_static ? "/10.0.0.7" : "/127.0.0.1"));
  }
}

TEST_CASE_FIXTURE(GroupFixture, "describe: during a rebalance members have no metadata") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  leader_of(members).join();
  const auto group = describe("group");
  CHECK(group.group_state == "PreparingRebalance");
  CHECK(group.protocol_data.empty());
  REQUIRE(group.members.size() == 2);
  CHECK(group.members[0].member_metadata.empty());
}

TEST_CASE_FIXTURE(GroupFixture, "describe: an unknown group is dead, from v6 on not found") {
  const auto before = describe("nowhere", 5);
  CHECK(before.group_state == "Dead");
  CHECK(before.error_code == ErrorCode::NONE);
  const auto after = describe("nowhere", 6);
  CHECK(after.error_code == ErrorCode::GROUP_ID_NOT_FOUND);
  CHECK(after.error_message == "Group nowhere not found.");
}

TEST_CASE_FIXTURE(GroupFixture, "describe: groups come in the order asked") {
  commit("b", "orders", 0, 1);
  std::vector<std::string> told;
  shard->describe({"c", "a", "b"}, {"", "", 5}, [&](const auto& groups) {
    for (const auto& group : groups) told.push_back(group.group_id + " " + group.group_state);
  });
  executor.run_ready();
  CHECK(told == std::vector<std::string>{"c Dead", "a Dead", "b Empty"});
}

TEST_CASE_FIXTURE(GroupFixture, "describe: waits for the disk like every other reader") {
  log.hold = true;
  protocol::OffsetCommitRequest request;
  request.group_id = "simple";
  request.topics = {{"orders", {}, {{0, 8, -1, ""}}}};
  shard->commit(request, {"", "", 8}, [](const auto&) {});
  int answers = 0;
  shard->describe({"simple"}, {"", "", 5}, [&](const auto&) { ++answers; });
  shard->list({}, [&](const auto&) { ++answers; });
  executor.run_ready();
  CHECK(answers == 0);
  log.hold = false;
  log.release();
  executor.run_ready();
  CHECK(answers == 2);
}

TEST_CASE_FIXTURE(GroupFixture, "list: every group with state and type, filtered ignoring case") {
  commit("simple", "orders", 0, 1);
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  GroupClient joining(*this, "joining");
  joining.join();
  protocol::ListGroupsRequest request;
  using States = std::map<std::string, std::string>;
  CHECK(list() ==
        States{{"group", "Stable"}, {"joining", "PreparingRebalance"}, {"simple", "Empty"}});
  request.states_filter = {"stable", "EMPTY"};
  CHECK(list(request) == States{{"group", "Stable"}, {"simple", "Empty"}});
  request.types_filter = {"Classic"};
  CHECK(list(request).size() == 2);
  request.types_filter = {"consumer"};
  CHECK(list(request).empty());
  shard->list({}, [&](const protocol::ListGroupsResponse& reply) {
    for (const auto& group : reply.groups) {
      CHECK(group.group_type == "classic");
      CHECK(group.protocol_type == (group.group_id == "simple" ? "" : "consumer"));
    }
  });
  executor.run_ready();
}

TEST_CASE_FIXTURE(GroupFixture, "delete groups: empty ones go with their offsets, others stay") {
  commit("simple", "orders", 0, 1);
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  members[0]->commit("orders", 0, 9);
  CHECK(delete_groups(*this, {"group", "nowhere", "simple"}) ==
        std::vector<ErrorCode>{ErrorCode::NON_EMPTY_GROUP, ErrorCode::GROUP_ID_NOT_FOUND,
                               ErrorCode::NONE});
  CHECK(committed("simple", "orders", 0) == -1);
  CHECK(members[0]->leave() == ErrorCode::NONE);
  CHECK(delete_groups(*this, {"group"}) == std::vector<ErrorCode>{ErrorCode::NONE});
  CHECK(list().empty());
  CHECK(committed("group", "orders", 0) == -1);
  // A group of the same name starts from its first generation.
  const Clients next = make_clients(*this, 1);
  stabilize(*this, next);
  CHECK(next[0]->generation == 1);
}

TEST_CASE_FIXTURE(GroupFixture, "delete groups: is answered when it is on disk") {
  commit("simple", "orders", 0, 1);
  log.hold = true;
  bool answered = false;
  shard->delete_groups({"simple"}, [&](const auto&) { answered = true; });
  executor.run_ready();
  CHECK_FALSE(answered);
  log.hold = false;
  log.release();
  executor.run_ready();
  CHECK(answered);
}

}  // namespace
}  // namespace kreel::test
