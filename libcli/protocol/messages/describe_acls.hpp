#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeAclsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 3, .flexible_from = 2};

  static constexpr bool kIsDescribed = true;

  std::int8_t resource_type_filter = 0;
  std::optional<std::string> resource_name_filter = "";
  std::int8_t pattern_type_filter = 3;
  std::optional<std::string> principal_filter = "";
  std::optional<std::string> host_filter = "";
  std::int8_t operation = 0;
  std::int8_t permission_type = 0;

  bool operator==(const DescribeAclsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("resource_type_filter", &DescribeAclsRequest::resource_type_filter, since(0));
    v("resource_name_filter", &DescribeAclsRequest::resource_name_filter, since(0).nullable(0));
    v("pattern_type_filter", &DescribeAclsRequest::pattern_type_filter, since(1));
    v("principal_filter", &DescribeAclsRequest::principal_filter, since(0).nullable(0));
    v("host_filter", &DescribeAclsRequest::host_filter, since(0).nullable(0));
    v("operation", &DescribeAclsRequest::operation, since(0));
    v("permission_type", &DescribeAclsRequest::permission_type, since(0));
  }
};

struct DescribeAclsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 3, .flexible_from = 2};

  struct DescribeAclsResource {
    struct AclDescription {
      static constexpr bool kIsDescribed = true;

      std::string principal;
      std::string host;
      std::int8_t operation = 0;
      std::int8_t permission_type = 0;

      bool operator==(const AclDescription&) const = default;

      template <class Visitor>
      static void fields(Visitor& v) {
        v("principal", &AclDescription::principal, since(0));
        v("host", &AclDescription::host, since(0));
        v("operation", &AclDescription::operation, since(0));
        v("permission_type", &AclDescription::permission_type, since(0));
      }
    };

    static constexpr bool kIsDescribed = true;

    std::int8_t resource_type = 0;
    std::string resource_name;
    std::int8_t pattern_type = 3;
    std::vector<AclDescription> acls;

    bool operator==(const DescribeAclsResource&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("resource_type", &DescribeAclsResource::resource_type, since(0));
      v("resource_name", &DescribeAclsResource::resource_name, since(0));
      v("pattern_type", &DescribeAclsResource::pattern_type, since(1));
      v("acls", &DescribeAclsResource::acls, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::vector<DescribeAclsResource> resources;

  bool operator==(const DescribeAclsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeAclsResponse::throttle_time_ms, since(0));
    v("error_code", &DescribeAclsResponse::error_code, since(0));
    v("error_message", &DescribeAclsResponse::error_message, since(0).nullable(0));
    v("resources", &DescribeAclsResponse::resources, since(0));
  }
};

struct DescribeAcls {
  static constexpr std::int16_t key = 29;
  using Request = DescribeAclsRequest;
  using Response = DescribeAclsResponse;
};

}  // namespace kreel::protocol
