#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ApiVersionsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::string client_software_name;  ///< letters and digits, "-" and "." inside (KIP-511)
  std::string client_software_version;

  bool operator==(const ApiVersionsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("client_software_name", &ApiVersionsRequest::client_software_name, since(3).ignorable());
    v("client_software_version", &ApiVersionsRequest::client_software_version,
      since(3).ignorable());
  }
};

struct ApiVersionsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 3};

  struct ApiVersion {
    static constexpr bool kIsDescribed = true;

    std::int16_t api_key = 0;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;

    bool operator==(const ApiVersion&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("api_key", &ApiVersion::api_key, since(0));
      v("min_version", &ApiVersion::min_version, since(0));
      v("max_version", &ApiVersion::max_version, since(0));
    }
  };

  struct SupportedFeatureKey {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int16_t min_version = 0;
    std::int16_t max_version = 0;

    bool operator==(const SupportedFeatureKey&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &SupportedFeatureKey::name, since(3));
      v("min_version", &SupportedFeatureKey::min_version, since(3));
      v("max_version", &SupportedFeatureKey::max_version, since(3));
    }
  };

  struct FinalizedFeatureKey {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int16_t max_version_level = 0;
    std::int16_t min_version_level = 0;

    bool operator==(const FinalizedFeatureKey&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &FinalizedFeatureKey::name, since(3));
      v("max_version_level", &FinalizedFeatureKey::max_version_level, since(3));
      v("min_version_level", &FinalizedFeatureKey::min_version_level, since(3));
    }
  };

  static constexpr bool kIsDescribed = true;

  /// UNSUPPORTED_VERSION comes in the form of version 0 (KIP-511).
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<ApiVersion> api_keys;
  std::int32_t throttle_time_ms = 0;
  /// None with minimum 0 below version 4 (KIP-1022).
  std::vector<SupportedFeatureKey> supported_features;
  /// -1: clients ignore the finalized features (KIP-584).
  std::int64_t finalized_features_epoch = -1;
  std::vector<FinalizedFeatureKey> finalized_features;
  bool zk_migration_ready = false;  ///< always false without ZooKeeper (KIP-866)

  bool operator==(const ApiVersionsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("error_code", &ApiVersionsResponse::error_code, since(0));
    v("api_keys", &ApiVersionsResponse::api_keys, since(0));
    v("throttle_time_ms", &ApiVersionsResponse::throttle_time_ms, since(1).ignorable());
    v.tagged(0, "supported_features", &ApiVersionsResponse::supported_features,
             since(3).ignorable());
    v.tagged(1, "finalized_features_epoch", &ApiVersionsResponse::finalized_features_epoch,
             since(3).ignorable());
    v.tagged(2, "finalized_features", &ApiVersionsResponse::finalized_features,
             since(3).ignorable());
    v.tagged(3, "zk_migration_ready", &ApiVersionsResponse::zk_migration_ready,
             since(3).ignorable());
  }
};

struct ApiVersions {
  static constexpr std::int16_t key = 18;
  using Request = ApiVersionsRequest;
  using Response = ApiVersionsResponse;
};

}  // namespace kreel::protocol
