#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;
using protocol::Heartbeat;

namespace {

protocol::HeartbeatRequest beat_of(const test::GroupsOfBroker& fixture, std::size_t member = 0) {
  protocol::HeartbeatRequest request;
  request.group_id = test::kGroup;
  request.generation_id = fixture.generation;
  request.member_id = fixture.members.at(member).id;
  request.group_instance_id = fixture.members.at(member).instance_id;
  return request;
}

}  // namespace

TEST_CASE("heartbeat: a member of the generation is heard in every version") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  for (protocol::Version version = 0; version <= 4; ++version) {
    CHECK(f.call<Heartbeat>(beat_of(f), version).error_code == ErrorCode::NONE);
  }
}

TEST_CASE("heartbeat: who is not in the group is told so") {
  test::GroupsOfBroker f;
  f.join({std::nullopt, "shelf"});
  auto unknown = beat_of(f);
  unknown.member_id = "somebody";
  CHECK(f.call<Heartbeat>(unknown).error_code == ErrorCode::UNKNOWN_MEMBER_ID);
  auto elsewhere = beat_of(f);
  elsewhere.group_id = "no such group";
  CHECK(f.call<Heartbeat>(elsewhere).error_code == ErrorCode::UNKNOWN_MEMBER_ID);
  auto nowhere = beat_of(f);
  nowhere.group_id = "";
  CHECK(f.call<Heartbeat>(nowhere).error_code == ErrorCode::INVALID_GROUP_ID);
}

TEST_CASE("heartbeat: a generation that is over, or is yet to come, is illegal") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  for (const auto generation : {f.generation - 1, f.generation + 1, -1}) {
    auto request = beat_of(f);
    request.generation_id = generation;
    CHECK(f.call<Heartbeat>(request).error_code == ErrorCode::ILLEGAL_GENERATION);
  }
}

TEST_CASE("heartbeat: an instance that another member holds is fenced, before the generation") {
  test::GroupsOfBroker f;
  f.join({"shelf", "rack"});
  CHECK(f.call<Heartbeat>(beat_of(f, 1)).error_code == ErrorCode::NONE);
  auto taken = beat_of(f, 0);
  taken.group_instance_id = "rack";
  taken.generation_id = 77;
  CHECK(f.call<Heartbeat>(taken).error_code == ErrorCode::FENCED_INSTANCE_ID);
  auto unknown = beat_of(f, 0);
  unknown.group_instance_id = "attic";
  CHECK(f.call<Heartbeat>(unknown).error_code == ErrorCode::UNKNOWN_MEMBER_ID);
}

TEST_CASE("heartbeat: is how a member hears of a rebalance") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  f.begin_rebalance();
  CHECK(f.call<Heartbeat>(beat_of(f)).error_code == ErrorCode::REBALANCE_IN_PROGRESS);
}

TEST_CASE("heartbeat: while the group is loaded nobody is told that it has gone") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  f.restart();
  CHECK(f.call<Heartbeat>(beat_of(f)).error_code == ErrorCode::NOT_COORDINATOR);
  f.broker().groups().load();
  for (int partition = 0; partition < 5; ++partition) f.step();  // begun, and nothing is read
  f.send<Heartbeat>(beat_of(f), 4);
  REQUIRE(f.sink().replies.size() == 1);
  const auto& reply = f.sink().replies.front().second.bytes;
  // Size, correlation id, tags of the header, throttle time.
  CHECK(load_big_endian<std::int16_t>(reply.data() + 13) == 0);
  f.work();
  CHECK(f.call<Heartbeat>(beat_of(f)).error_code == ErrorCode::NONE);
}
