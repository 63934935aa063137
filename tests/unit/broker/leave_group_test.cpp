#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;
using protocol::LeaveGroup;

namespace {

protocol::LeaveGroupRequest leaving(
    std::vector<protocol::LeaveGroupRequest::MemberIdentity> members) {
  protocol::LeaveGroupRequest request;
  request.group_id = test::kGroup;
  request.members = std::move(members);
  return request;
}

std::vector<ErrorCode> errors_of(const protocol::LeaveGroupResponse& reply) {
  CHECK(reply.error_code == ErrorCode::NONE);
  std::vector<ErrorCode> errors;
  for (const auto& member : reply.members) errors.push_back(member.error_code);
  return errors;
}

std::size_t member_count(test::GroupsOfBroker& fixture) {
  protocol::DescribeGroupsRequest request;
  request.groups = {std::string(test::kGroup)};
  return fixture.call<protocol::DescribeGroups>(request, 5).groups.at(0).members.size();
}

}  // namespace

TEST_CASE("leave group: each member has its own verdict, and those who may go are gone") {
  test::GroupsOfBroker f;
  f.join({std::nullopt, "shelf", "rack"});
  const auto reply = f.call<LeaveGroup>(leaving({{f.members[0].id, std::nullopt, std::nullopt},
                                                 {"somebody", std::nullopt, std::nullopt},
                                                 {f.members[1].id, "rack", std::nullopt},
                                                 {f.members[1].id, "attic", std::nullopt},
                                                 {"", std::nullopt, std::nullopt}}));
  CHECK(errors_of(reply) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::UNKNOWN_MEMBER_ID,
                               ErrorCode::FENCED_INSTANCE_ID, ErrorCode::UNKNOWN_MEMBER_ID,
                               ErrorCode::UNKNOWN_MEMBER_ID});
  CHECK(reply.members.at(2).group_instance_id == "rack");
  CHECK(member_count(f) == 2);
}

TEST_CASE("leave group: a static member may be removed by its instance id alone") {
  test::GroupsOfBroker f;
  f.join({"shelf", "rack"});
  CHECK(errors_of(f.call<LeaveGroup>(leaving({{"", "rack", std::nullopt}}), 3)) ==
        std::vector<ErrorCode>{ErrorCode::NONE});
  CHECK(errors_of(f.call<LeaveGroup>(leaving({{"", "rack", std::nullopt}}), 3)) ==
        std::vector<ErrorCode>{ErrorCode::UNKNOWN_MEMBER_ID});
  CHECK(member_count(f) == 1);
}

TEST_CASE("leave group: versions 0 to 2 name one member and tell its error at the top") {
  for (protocol::Version version = 0; version <= 2; ++version) {
    test::GroupsOfBroker f;
    f.join({std::nullopt});
    protocol::LeaveGroupRequest request;
    request.group_id = test::kGroup;
    request.member_id = f.members[0].id;
    CHECK(f.call<LeaveGroup>(request, version).error_code == ErrorCode::NONE);
    CHECK(f.call<LeaveGroup>(request, version).error_code == ErrorCode::UNKNOWN_MEMBER_ID);
  }
}

TEST_CASE("leave group: of a group that is not there nobody is a member") {
  test::GroupsOfBroker f;
  auto request = leaving({{"a", std::nullopt, std::nullopt}, {"b", "shelf", std::nullopt}});
  CHECK(errors_of(f.call<LeaveGroup>(request)) ==
        std::vector<ErrorCode>{ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::UNKNOWN_MEMBER_ID});
  request.group_id = "";
  CHECK(f.call<LeaveGroup>(request).error_code == ErrorCode::INVALID_GROUP_ID);
}

TEST_CASE("leave group: when the last one has left the group is empty, also after a restart") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  f.commit("orders", 0, 5);
  CHECK(errors_of(f.call<LeaveGroup>(leaving({{f.members[0].id, std::nullopt, "done"}}))) ==
        std::vector<ErrorCode>{ErrorCode::NONE});
  f.kill_and_restart();
  f.broker().groups().load();
  f.work();
  CHECK(member_count(f) == 0);
  CHECK(f.committed("orders", 0) == 5);
}
