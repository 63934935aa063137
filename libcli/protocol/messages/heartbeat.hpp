#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct HeartbeatRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 4};
  static constexpr bool kIsDescribed = true;

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;  ///< null for a dynamic member (KIP-345)

  bool operator==(const HeartbeatRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("group_id", &HeartbeatRequest::group_id, since(0));
    v("generation_id", &HeartbeatRequest::generation_id, since(0));
    v("member_id", &HeartbeatRequest::member_id, since(0));
    v("group_instance_id", &HeartbeatRequest::group_instance_id, since(3).nullable(3));
  }
};

struct HeartbeatResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 4};
  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;

  bool operator==(const HeartbeatResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &HeartbeatResponse::throttle_time_ms, since(1).ignorable());
    v("error_code", &HeartbeatResponse::error_code, since(0));
  }
};

struct Heartbeat {
  static constexpr std::int16_t key = 12;
  using Request = HeartbeatRequest;
  using Response = HeartbeatResponse;
};

}  // namespace kreel::protocol
