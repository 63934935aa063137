#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/version.hpp"

namespace kreel::protocol {

struct RequestHeader {
  static constexpr MessageVersions versions{.min = 1, .max = 2, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  std::int16_t request_api_key = 0;
  std::int16_t request_api_version = 0;
  std::int32_t correlation_id = 0;
  /// For logs and quotas; length int16 in version 2 too.
  std::optional<std::string> client_id = "";

  bool operator==(const RequestHeader&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("request_api_key", &RequestHeader::request_api_key, since(0));
    v("request_api_version", &RequestHeader::request_api_version, since(0));
    v("correlation_id", &RequestHeader::correlation_id, since(0));
    v("client_id", &RequestHeader::client_id, since(1).nullable(1).plain_length());
  }
};

struct ResponseHeader {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};
  static constexpr bool kIsDescribed = true;

  std::int32_t correlation_id = 0;

  bool operator==(const ResponseHeader&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("correlation_id", &ResponseHeader::correlation_id, since(0));
  }
};

}  // namespace kreel::protocol
