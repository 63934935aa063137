#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;
using protocol::JoinGroup;

TEST_CASE("join group: an error names no protocol, by null since version 7") {
  test::GroupsOfBroker f;
  protocol::JoinGroupRequest request;
  request.group_id = test::kGroup;
  request.session_timeout_ms = 1;
  request.protocol_type = "consumer";
  request.protocols = {{"range", {}}};
  for (protocol::Version version = 0; version <= 9; ++version) {
    CAPTURE(version);
    const auto reply = f.call<JoinGroup>(request, version);
    CHECK(reply.error_code == ErrorCode::INVALID_SESSION_TIMEOUT);
    CHECK(reply.protocol_name.value_or("null") == (version >= 7 ? "null" : ""));
  }
}
