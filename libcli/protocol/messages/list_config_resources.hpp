#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ListConfigResourcesRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};

  static constexpr bool kIsDescribed = true;

  std::vector<std::int8_t> resource_types;  ///< none: all

  bool operator==(const ListConfigResourcesRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("resource_types", &ListConfigResourcesRequest::resource_types, since(1));
  }
};

struct ListConfigResourcesResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 0};

  struct ConfigResource {
    static constexpr bool kIsDescribed = true;

    std::string resource_name;
    std::int8_t resource_type = 16;

    bool operator==(const ConfigResource&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("resource_name", &ConfigResource::resource_name, since(0));
      v("resource_type", &ConfigResource::resource_type, since(1).ignorable());
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<ConfigResource> config_resources;

  bool operator==(const ListConfigResourcesResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &ListConfigResourcesResponse::throttle_time_ms, since(0));
    v("error_code", &ListConfigResourcesResponse::error_code, since(0));
    v("config_resources", &ListConfigResourcesResponse::config_resources, since(0));
  }
};

struct ListConfigResources {
  static constexpr std::int16_t key = 74;
  using Request = ListConfigResourcesRequest;
  using Response = ListConfigResourcesResponse;
};

}  // namespace kreel::protocol
