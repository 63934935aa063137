#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DeleteAclsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 3, .flexible_from = 2};

  struct DeleteAclsFilter {
    static constexpr bool kIsDescribed = true;

    std::int8_t resource_type_filter = 0;
    std::optional<std::string> resource_name_filter = "";
    std::int8_t pattern_type_filter = 3;
    std::optional<std::string> principal_filter = "";
    std::optional<std::string> host_filter = "";
    std::int8_t operation = 0;
    std::int8_t permission_type = 0;

    bool operator==(const DeleteAclsFilter&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("resource_type_filter", &DeleteAclsFilter::resource_type_filter, since(0));
      v("resource_name_filter", &DeleteAclsFilter::resource_name_filter, since(0).nullable(0));
      v("pattern_type_filter", &DeleteAclsFilter::pattern_type_filter, since(1));
      v("principal_filter", &DeleteAclsFilter::principal_filter, since(0).nullable(0));
      v("host_filter", &DeleteAclsFilter::host_filter, since(0).nullable(0));
      v("operation", &DeleteAclsFilter::operation, since(0));
      v("permission_type", &DeleteAclsFilter::permission_type, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<DeleteAclsFilter> filters;

  bool operator==(const DeleteAclsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("filters", &DeleteAclsRequest::filters, since(0));
  }
};

struct DeleteAclsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 3, .flexible_from = 2};

  struct DeleteAclsFilterResult {
    struct DeleteAclsMatchingAcl {
      static constexpr bool kIsDescribed = true;

      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string> error_message = "";
      std::int8_t resource_type = 0;
      std::string resource_name;
      std::int8_t pattern_type = 3;
      std::string principal;
      std::string host;
      std::int8_t operation = 0;
      std::int8_t permission_type = 0;

      bool operator==(const DeleteAclsMatchingAcl&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("error_code", &DeleteAclsMatchingAcl::error_code, since(0));
        v("error_message", &DeleteAclsMatchingAcl::error_message, since(0).nullable(0));
        v("resource_type", &DeleteAclsMatchingAcl::resource_type, since(0));
        v("resource_name", &DeleteAclsMatchingAcl::resource_name, since(0));
        v("pattern_type", &DeleteAclsMatchingAcl::pattern_type, since(1));
        v("principal", &DeleteAclsMatchingAcl::principal, since(0));
        v("host", &DeleteAclsMatchingAcl::host, since(0));
        v("operation", &DeleteAclsMatchingAcl::operation, since(0));
        v("permission_type", &DeleteAclsMatchingAcl::permission_type, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";
    std::vector<DeleteAclsMatchingAcl> matching_acls;

    bool operator==(const DeleteAclsFilterResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &DeleteAclsFilterResult::error_code, since(0));
      v("error_message", &DeleteAclsFilterResult::error_message, since(0).nullable(0));
      v("matching_acls", &DeleteAclsFilterResult::matching_acls, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<DeleteAclsFilterResult> filter_results;

  bool operator==(const DeleteAclsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DeleteAclsResponse::throttle_time_ms, since(0));
    v("filter_results", &DeleteAclsResponse::filter_results, since(0));
  }
};

struct DeleteAcls {
  static constexpr std::int16_t key = 31;
  using Request = DeleteAclsRequest;
  using Response = DeleteAclsResponse;
};

}  // namespace kreel::protocol
