#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct JoinGroupRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 9, .flexible_from = 6};

  struct JoinGroupRequestProtocol {
    static constexpr bool kIsDescribed = true;

    std::string name;  ///< an assignor; the first is liked best
    Bytes metadata;    ///< ConsumerProtocolSubscription

    bool operator==(const JoinGroupRequestProtocol&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &JoinGroupRequestProtocol::name, since(0));
      v("metadata", &JoinGroupRequestProtocol::metadata, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string group_id;
  std::int32_t session_timeout_ms = 0;
  /// -1 before version 1: the session timeout counts (KIP-62).
  std::int32_t rebalance_timeout_ms = -1;
  std::string member_id;                         ///< "" the first time (KIP-394)
  std::optional<std::string> group_instance_id;  ///< null for a dynamic member (KIP-345)
  std::string protocol_type;
  std::vector<JoinGroupRequestProtocol> protocols;
  std::optional<std::string> reason;  ///< why it joins, for the log (KIP-800)

  bool operator==(const JoinGroupRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &JoinGroupRequest::group_id, since(0));
    v("session_timeout_ms", &JoinGroupRequest::session_timeout_ms, since(0));
    v("rebalance_timeout_ms", &JoinGroupRequest::rebalance_timeout_ms, since(1).ignorable());
    v("member_id", &JoinGroupRequest::member_id, since(0));
    v("group_instance_id", &JoinGroupRequest::group_instance_id, since(5).nullable(5));
    v("protocol_type", &JoinGroupRequest::protocol_type, since(0));
    v("protocols", &JoinGroupRequest::protocols, since(0));
    v("reason", &JoinGroupRequest::reason, since(8).nullable(8).ignorable());
  }
};

struct JoinGroupResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 9, .flexible_from = 6};

  struct JoinGroupResponseMember {
    static constexpr bool kIsDescribed = true;

    std::string member_id;
    std::optional<std::string> group_instance_id;
    Bytes metadata;

    bool operator==(const JoinGroupResponseMember&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &JoinGroupResponseMember::member_id, since(0));
      v("group_instance_id", &JoinGroupResponseMember::group_instance_id,
        since(5).nullable(5).ignorable());
      v("metadata", &JoinGroupResponseMember::metadata, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::int32_t generation_id = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name = "";  ///< null on errors since 7 (KIP-559)
  std::string leader;
  bool skip_assignment = false;  ///< a static leader is back: no new assignment (KIP-814)
  std::string member_id;         ///< also with MEMBER_ID_REQUIRED: to join with (KIP-394)
  std::vector<JoinGroupResponseMember> members;  ///< for the leader alone

  bool operator==(const JoinGroupResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &JoinGroupResponse::throttle_time_ms, since(2).ignorable());
    v("error_code", &JoinGroupResponse::error_code, since(0));
    v("generation_id", &JoinGroupResponse::generation_id, since(0));
    v("protocol_type", &JoinGroupResponse::protocol_type, since(7).nullable(7).ignorable());
    v("protocol_name", &JoinGroupResponse::protocol_name, since(0).nullable(7));
    v("leader", &JoinGroupResponse::leader, since(0));
    v("skip_assignment", &JoinGroupResponse::skip_assignment, since(9));
    v("member_id", &JoinGroupResponse::member_id, since(0));
    v("members", &JoinGroupResponse::members, since(0));
  }
};

struct JoinGroup {
  static constexpr std::int16_t key = 11;
  using Request = JoinGroupRequest;
  using Response = JoinGroupResponse;
};

}  // namespace kreel::protocol
