#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct IncrementalAlterConfigsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct AlterableConfig {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int8_t config_operation = 0;       ///< 0 set, 1 delete, 2 append, 3 subtract (KIP-339)
    std::optional<std::string> value = "";  ///< null with delete

    bool operator==(const AlterableConfig&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &AlterableConfig::name, since(0));
      v("config_operation", &AlterableConfig::config_operation, since(0));
      v("value", &AlterableConfig::value, since(0).nullable(0));
    }
  };

  struct AlterConfigsResource {
    static constexpr bool kIsDescribed = true;

    std::int8_t resource_type = 0;
    std::string resource_name;
    std::vector<AlterableConfig> configs;

    bool operator==(const AlterConfigsResource&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("resource_type", &AlterConfigsResource::resource_type, since(0));
      v("resource_name", &AlterConfigsResource::resource_name, since(0));
      v("configs", &AlterConfigsResource::configs, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<AlterConfigsResource> resources;
  bool validate_only = false;

  bool operator==(const IncrementalAlterConfigsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("resources", &IncrementalAlterConfigsRequest::resources, since(0));
    v("validate_only", &IncrementalAlterConfigsRequest::validate_only, since(0));
  }
};

struct IncrementalAlterConfigsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct AlterConfigsResourceResponse {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";
    std::int8_t resource_type = 0;
    std::string resource_name;

    bool operator==(const AlterConfigsResourceResponse&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &AlterConfigsResourceResponse::error_code, since(0));
      v("error_message", &AlterConfigsResourceResponse::error_message, since(0).nullable(0));
      v("resource_type", &AlterConfigsResourceResponse::resource_type, since(0));
      v("resource_name", &AlterConfigsResourceResponse::resource_name, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<AlterConfigsResourceResponse> responses;

  bool operator==(const IncrementalAlterConfigsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &IncrementalAlterConfigsResponse::throttle_time_ms, since(0));
    v("responses", &IncrementalAlterConfigsResponse::responses, since(0));
  }
};

struct IncrementalAlterConfigs {
  static constexpr std::int16_t key = 44;
  using Request = IncrementalAlterConfigsRequest;
  using Response = IncrementalAlterConfigsResponse;
};

}  // namespace kreel::protocol
