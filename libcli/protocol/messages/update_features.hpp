#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct UpdateFeaturesRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};

  struct FeatureUpdateKey {
    static constexpr bool kIsDescribed = true;

    std::string feature;
    std::int16_t max_version_level = 0;
    bool allow_downgrade = false;
    std::int8_t upgrade_type = 1;  ///< 1 upgrade, 2 safe downgrade, 3 unsafe downgrade

    bool operator==(const FeatureUpdateKey&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("feature", &FeatureUpdateKey::feature, since(0));
      v("max_version_level", &FeatureUpdateKey::max_version_level, since(0));
      v("allow_downgrade", &FeatureUpdateKey::allow_downgrade, between(0, 0));
      v("upgrade_type", &FeatureUpdateKey::upgrade_type, since(1));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t timeout_ms = 60'000;
  std::vector<FeatureUpdateKey> feature_updates;
  bool validate_only = false;

  bool operator==(const UpdateFeaturesRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("timeout_ms", &UpdateFeaturesRequest::timeout_ms, since(0));
    v("feature_updates", &UpdateFeaturesRequest::feature_updates, since(0));
    v("validate_only", &UpdateFeaturesRequest::validate_only, since(1));
  }
};

struct UpdateFeaturesResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};

  struct UpdatableFeatureResult {
    static constexpr bool kIsDescribed = true;

    std::string feature;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";

    bool operator==(const UpdatableFeatureResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("feature", &UpdatableFeatureResult::feature, since(0));
      v("error_code", &UpdatableFeatureResult::error_code, since(0));
      v("error_message", &UpdatableFeatureResult::error_message, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::vector<UpdatableFeatureResult> results;

  bool operator==(const UpdateFeaturesResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &UpdateFeaturesResponse::throttle_time_ms, since(0));
    v("error_code", &UpdateFeaturesResponse::error_code, since(0));
    v("error_message", &UpdateFeaturesResponse::error_message, since(0).nullable(0));
    v("results", &UpdateFeaturesResponse::results, between(0, 1).ignorable());
  }
};

struct UpdateFeatures {
  static constexpr std::int16_t key = 57;
  using Request = UpdateFeaturesRequest;
  using Response = UpdateFeaturesResponse;
};

}  // namespace kreel::protocol
