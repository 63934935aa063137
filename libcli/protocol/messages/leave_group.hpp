#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct LeaveGroupRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 4};

  struct MemberIdentity {
    static constexpr bool kIsDescribed = true;

    std::string member_id;  ///< "" to remove by group_instance_id
    std::optional<std::string> group_instance_id;
    std::optional<std::string> reason;  ///< for the log (KIP-800)

    bool operator==(const MemberIdentity&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &MemberIdentity::member_id, since(3));
      v("group_instance_id", &MemberIdentity::group_instance_id, since(3).nullable(3));
      v("reason", &MemberIdentity::reason, since(5).nullable(5).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string group_id;
  std::string member_id;  ///< up to 2; members since 3 (KIP-345)
  std::vector<MemberIdentity> members;

  bool operator==(const LeaveGroupRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &LeaveGroupRequest::group_id, since(0));
    v("member_id", &LeaveGroupRequest::member_id, between(0, 2));
    v("members", &LeaveGroupRequest::members, since(3));
  }
};

struct LeaveGroupResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 4};

  struct MemberResponse {
    static constexpr bool kIsDescribed = true;

    std::string member_id;
    std::optional<std::string> group_instance_id = "";
    ErrorCode error_code = ErrorCode::NONE;

    bool operator==(const MemberResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &MemberResponse::member_id, since(3));
      v("group_instance_id", &MemberResponse::group_instance_id, since(3).nullable(3));
      v("error_code", &MemberResponse::error_code, since(3));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<MemberResponse> members;

  bool operator==(const LeaveGroupResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &LeaveGroupResponse::throttle_time_ms, since(1).ignorable());
    v("error_code", &LeaveGroupResponse::error_code, since(0));
    v("members", &LeaveGroupResponse::members, since(3));
  }
};

struct LeaveGroup {
  static constexpr std::int16_t key = 13;
  using Request = LeaveGroupRequest;
  using Response = LeaveGroupResponse;
};

}  // namespace kreel::protocol
