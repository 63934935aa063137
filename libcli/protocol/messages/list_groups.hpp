#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ListGroupsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::vector<std::string> states_filter;  ///< empty is all (KIP-518)
  /// Empty is all: consumer, classic, share, streams (KIP-848).
  std::vector<std::string> types_filter;

  bool operator==(const ListGroupsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("states_filter", &ListGroupsRequest::states_filter, since(4));
    v("types_filter", &ListGroupsRequest::types_filter, since(5));
  }
};

struct ListGroupsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};

  struct ListedGroup {
    static constexpr bool kIsDescribed = true;

    std::string group_id;
    std::string protocol_type;  ///< "consumer"; "" for a group that only commits
    std::string group_state;
    std::string group_type;

    bool operator==(const ListedGroup&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("group_id", &ListedGroup::group_id, since(0));
      v("protocol_type", &ListedGroup::protocol_type, since(0));
      v("group_state", &ListedGroup::group_state, since(4).ignorable());
      v("group_type", &ListedGroup::group_type, since(5).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<ListedGroup> groups;

  bool operator==(const ListGroupsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &ListGroupsResponse::throttle_time_ms, since(1).ignorable());
    v("error_code", &ListGroupsResponse::error_code, since(0));
    v("groups", &ListGroupsResponse::groups, since(0));
  }
};

struct ListGroups {
  static constexpr std::int16_t key = 16;
  using Request = ListGroupsRequest;
  using Response = ListGroupsResponse;
};

}  // namespace kreel::protocol
