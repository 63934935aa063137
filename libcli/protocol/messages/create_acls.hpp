#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct CreateAclsRequest {
  static constexpr MessageVersions versions{.min = 1, .max = 3, .flexible_from = 2};

  struct AclCreation {
    static constexpr bool kIsDescribed = true;

    std::int8_t resource_type = 0;
    std::string resource_name;
    std::int8_t resource_pattern_type = 3;
    std::string principal;
    std::string host;
    std::int8_t operation = 0;
    std::int8_t permission_type = 0;

    bool operator==(const AclCreation&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("resource_type", &AclCreation::resource_type, since(0));
      v("resource_name", &AclCreation::resource_name, since(0));
      v("resource_pattern_type", &AclCreation::resource_pattern_type, since(1));
      v("principal", &AclCreation::principal, since(0));
      v("host", &AclCreation::host, since(0));
      v("operation", &AclCreation::operation, since(0));
      v("permission_type", &AclCreation::permission_type, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<AclCreation> creations;

  bool operator==(const CreateAclsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("creations", &CreateAclsRequest::creations, since(0));
  }
};

struct CreateAclsResponse {
  static constexpr MessageVersions versions{.min = 1, .max = 3, .flexible_from = 2};

  struct AclCreationResult {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";

    bool operator==(const AclCreationResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &AclCreationResult::error_code, since(0));
      v("error_message", &AclCreationResult::error_message, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<AclCreationResult> results;

  bool operator==(const CreateAclsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &CreateAclsResponse::throttle_time_ms, since(0));
    v("results", &CreateAclsResponse::results, since(0));
  }
};

struct CreateAcls {
  static constexpr std::int16_t key = 30;
  using Request = CreateAclsRequest;
  using Response = CreateAclsResponse;
};

}  // namespace kreel::protocol
