#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DeleteGroupsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  std::vector<std::string> groups_names;

  bool operator==(const DeleteGroupsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("groups_names", &DeleteGroupsRequest::groups_names, since(0));
  }
};

struct DeleteGroupsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};

  struct DeletableGroupResult {
    static constexpr bool kIsDescribed = true;

    std::string group_id;
    ErrorCode error_code = ErrorCode::NONE;  ///< NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND (KIP-229)

    bool operator==(const DeletableGroupResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("group_id", &DeletableGroupResult::group_id, since(0));
      v("error_code", &DeletableGroupResult::error_code, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DeletableGroupResult> results;

  bool operator==(const DeleteGroupsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DeleteGroupsResponse::throttle_time_ms, since(0));
    v("results", &DeleteGroupsResponse::results, since(0));
  }
};

struct DeleteGroups {
  static constexpr std::int16_t key = 42;
  using Request = DeleteGroupsRequest;
  using Response = DeleteGroupsResponse;
};

}  // namespace kreel::protocol
