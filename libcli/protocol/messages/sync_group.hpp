#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct SyncGroupRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 4};

  struct SyncGroupRequestAssignment {
    static constexpr bool kIsDescribed = true;

    std::string member_id;
    Bytes assignment;  ///< ConsumerProtocolAssignment

    bool operator==(const SyncGroupRequestAssignment&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &SyncGroupRequestAssignment::member_id, since(0));
      v("assignment", &SyncGroupRequestAssignment::assignment, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::optional<std::string> protocol_type;  ///< must fit the group where it is set (KIP-559)
  std::optional<std::string> protocol_name;
  std::vector<SyncGroupRequestAssignment> assignments;  ///< from the leader alone

  bool operator==(const SyncGroupRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &SyncGroupRequest::group_id, since(0));
    v("generation_id", &SyncGroupRequest::generation_id, since(0));
    v("member_id", &SyncGroupRequest::member_id, since(0));
    v("group_instance_id", &SyncGroupRequest::group_instance_id, since(3).nullable(3));
    v("protocol_type", &SyncGroupRequest::protocol_type, since(5).nullable(5).ignorable());
    v("protocol_name", &SyncGroupRequest::protocol_name, since(5).nullable(5).ignorable());
    v("assignments", &SyncGroupRequest::assignments, since(0));
  }
};

struct SyncGroupResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 4};
  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  Bytes assignment;  ///< empty for a member without partitions

  bool operator==(const SyncGroupResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &SyncGroupResponse::throttle_time_ms, since(1).ignorable());
    v("error_code", &SyncGroupResponse::error_code, since(0));
    v("protocol_type", &SyncGroupResponse::protocol_type, since(5).nullable(5).ignorable());
    v("protocol_name", &SyncGroupResponse::protocol_name, since(5).nullable(5).ignorable());
    v("assignment", &SyncGroupResponse::assignment, since(0));
  }
};

struct SyncGroup {
  static constexpr std::int16_t key = 14;
  using Request = SyncGroupRequest;
  using Response = SyncGroupResponse;
};

}  // namespace kreel::protocol
