#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::DeleteGroups;
using protocol::ErrorCode;

namespace {

using Verdicts = std::vector<std::pair<std::string, ErrorCode>>;

Verdicts delete_groups(test::GroupsOfBroker& fixture, std::vector<std::string> groups,
                       protocol::Version version = 2) {
  protocol::DeleteGroupsRequest request;
  request.groups_names = std::move(groups);
  Verdicts verdicts;
  for (const auto& result : fixture.call<DeleteGroups>(request, version).results) {
    verdicts.emplace_back(result.group_id, result.error_code);
  }
  return verdicts;
}

}  // namespace

TEST_CASE("delete groups: each has its own verdict, and one asked for twice has one") {
  for (protocol::Version version = 0; version <= 2; ++version) {
    test::GroupsOfBroker f;
    f.join({std::nullopt});
    f.commit("orders", 0, 1, "done");
    CHECK(delete_groups(f, {"done", std::string(test::kGroup), "nobody", "done"}, version) ==
          Verdicts{{"done", ErrorCode::NONE},
                   {std::string(test::kGroup), ErrorCode::NON_EMPTY_GROUP},
                   {"nobody", ErrorCode::GROUP_ID_NOT_FOUND}});
    CHECK(f.committed("orders", 0, "done") == -1);
    CHECK(delete_groups(f, {"done"}, version) ==
          Verdicts{{"done", ErrorCode::GROUP_ID_NOT_FOUND}});
  }
}

TEST_CASE("delete groups: a deleted one stays away after a restart") {
  test::GroupsOfBroker f;
  f.commit("orders", 0, 1, "done");
  f.commit("orders", 0, 2, "other");
  CHECK(delete_groups(f, {"done"}) == Verdicts{{"done", ErrorCode::NONE}});
  f.kill_and_restart();
  f.broker().groups().load();
  f.work();
  CHECK(f.committed("orders", 0, "done") == -1);
  CHECK(f.committed("orders", 0, "other") == 2);
  CHECK(delete_groups(f, {"done"}) == Verdicts{{"done", ErrorCode::GROUP_ID_NOT_FOUND}});
}

TEST_CASE("delete groups: a group in a rebalance is not empty, and \"\" is a name as any other") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  f.begin_rebalance();
  CHECK(delete_groups(f, {std::string(test::kGroup)}) ==
        Verdicts{{std::string(test::kGroup), ErrorCode::NON_EMPTY_GROUP}});
  CHECK(delete_groups(f, {""}) == Verdicts{{"", ErrorCode::GROUP_ID_NOT_FOUND}});
  CHECK(delete_groups(f, {}).empty());
}
