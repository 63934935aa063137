#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeGroupsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 6, .flexible_from = 5};
  static constexpr bool kIsDescribed = true;

  std::vector<std::string> groups;
  bool include_authorized_operations = false;

  bool operator==(const DescribeGroupsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("groups", &DescribeGroupsRequest::groups, since(0));
    v("include_authorized_operations", &DescribeGroupsRequest::include_authorized_operations,
      since(3));
  }
};

struct DescribeGroupsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 6, .flexible_from = 5};

  struct DescribedGroupMember {
    static constexpr bool kIsDescribed = true;

    std::string member_id;
    std::optional<std::string> group_instance_id;  ///< null for a dynamic member (KIP-345)
    std::string client_id;
    std::string client_host;
    Bytes member_metadata;    ///< of the chosen assignor; ConsumerProtocolSubscription
    Bytes member_assignment;  ///< ConsumerProtocolAssignment

    bool operator==(const DescribedGroupMember&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("member_id", &DescribedGroupMember::member_id, since(0));
      v("group_instance_id", &DescribedGroupMember::group_instance_id,
        since(4).nullable(4).ignorable());
      v("client_id", &DescribedGroupMember::client_id, since(0));
      v("client_host", &DescribedGroupMember::client_host, since(0));
      v("member_metadata", &DescribedGroupMember::member_metadata, since(0));
      v("member_assignment", &DescribedGroupMember::member_assignment, since(0));
    }
  };

  struct DescribedGroup {
    static constexpr bool kIsDescribed = true;

    /// GROUP_ID_NOT_FOUND since 6, state Dead before (KIP-1043).
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message;
    std::string group_id;
    std::string group_state;
    std::string protocol_type;
    std::string protocol_data;  ///< the chosen assignor
    std::vector<DescribedGroupMember> members;
    /// Bits by operation; the default is "not asked" (KIP-430).
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

    bool operator==(const DescribedGroup&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &DescribedGroup::error_code, since(0));
      v("error_message", &DescribedGroup::error_message, since(6).nullable(6));
      v("group_id", &DescribedGroup::group_id, since(0));
      v("group_state", &DescribedGroup::group_state, since(0));
      v("protocol_type", &DescribedGroup::protocol_type, since(0));
      v("protocol_data", &DescribedGroup::protocol_data, since(0));
      v("members", &DescribedGroup::members, since(0));
      v("authorized_operations", &DescribedGroup::authorized_operations, since(3));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DescribedGroup> groups;

  bool operator==(const DescribeGroupsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeGroupsResponse::throttle_time_ms, since(1).ignorable());
    v("groups", &DescribeGroupsResponse::groups, since(0));
  }
};

struct DescribeGroups {
  static constexpr std::int16_t key = 15;
  using Request = DescribeGroupsRequest;
  using Response = DescribeGroupsResponse;
};

}  // namespace kreel::protocol
