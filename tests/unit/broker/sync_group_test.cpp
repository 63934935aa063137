#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;
using protocol::SyncGroup;

namespace {

protocol::SyncGroupRequest sync_of(const test::GroupsOfBroker& fixture, std::size_t member = 0) {
  protocol::SyncGroupRequest request;
  request.group_id = test::kGroup;
  request.generation_id = fixture.generation;
  request.member_id = fixture.members.at(member).id;
  request.group_instance_id = fixture.members.at(member).instance_id;
  request.protocol_type = "consumer";
  request.protocol_name = "range";
  return request;
}

}  // namespace

TEST_CASE("sync group: a stable group repeats each member's own assignment, in every version") {
  test::GroupsOfBroker f;
  f.join({std::nullopt, std::nullopt});
  for (protocol::Version version = 0; version <= 5; ++version) {
    for (std::size_t member = 0; member < 2; ++member) {
      auto request = sync_of(f, member);
      if (version < 5) request.protocol_type = request.protocol_name = std::nullopt;
      const auto reply = f.call<SyncGroup>(request, version);
      CHECK(reply.error_code == ErrorCode::NONE);
      CHECK(as_text(reply.assignment) == f.members[member].id);
      if (version == 5) CHECK(reply.protocol_name == "range");
    }
  }
}

TEST_CASE("sync group: who is not in the group is told so") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  auto unknown = sync_of(f);
  unknown.member_id = "somebody";
  CHECK(f.call<SyncGroup>(unknown).error_code == ErrorCode::UNKNOWN_MEMBER_ID);
  auto elsewhere = sync_of(f);
  elsewhere.group_id = "no such group";
  CHECK(f.call<SyncGroup>(elsewhere).error_code == ErrorCode::UNKNOWN_MEMBER_ID);
  auto nowhere = sync_of(f);
  nowhere.group_id = "";
  CHECK(f.call<SyncGroup>(nowhere).error_code == ErrorCode::INVALID_GROUP_ID);
}

TEST_CASE("sync group: another generation is illegal, and an instance of another is fenced") {
  test::GroupsOfBroker f;
  f.join({"shelf", "rack"});
  auto late = sync_of(f);
  late.generation_id = f.generation - 1;
  CHECK(f.call<SyncGroup>(late).error_code == ErrorCode::ILLEGAL_GENERATION);
  auto taken = sync_of(f);
  taken.group_instance_id = "rack";
  CHECK(f.call<SyncGroup>(taken).error_code == ErrorCode::FENCED_INSTANCE_ID);
}

TEST_CASE("sync group: version 5 has to name the group's protocol") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  auto silent = sync_of(f);
  silent.protocol_name = std::nullopt;
  CHECK(f.call<SyncGroup>(silent).error_code == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  silent.group_id = "";  // asked about before the group is
  CHECK(f.call<SyncGroup>(silent).error_code == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  auto other = sync_of(f);
  other.protocol_name = "sticky";
  CHECK(f.call<SyncGroup>(other).error_code == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  auto connect = sync_of(f);
  connect.protocol_type = "connect";
  CHECK(f.call<SyncGroup>(connect).error_code == ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
}

TEST_CASE("sync group: there is nothing to hand out while a rebalance goes on") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  f.begin_rebalance();
  CHECK(f.call<SyncGroup>(sync_of(f)).error_code == ErrorCode::REBALANCE_IN_PROGRESS);
}
