#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

/// After version 0 the tokens follow without headers, after version 1 as SaslAuthenticate.
struct SaslHandshakeRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = kNever};
  static constexpr bool kIsDescribed = true;

  std::string mechanism;

  bool operator==(const SaslHandshakeRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("mechanism", &SaslHandshakeRequest::mechanism, since(0));
  }
};

struct SaslHandshakeResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = kNever};
  static constexpr bool kIsDescribed = true;

  ErrorCode error_code = ErrorCode::NONE;
  std::vector<std::string> mechanisms;

  bool operator==(const SaslHandshakeResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("error_code", &SaslHandshakeResponse::error_code, since(0));
    v("mechanisms", &SaslHandshakeResponse::mechanisms, since(0));
  }
};

struct SaslHandshake {
  static constexpr std::int16_t key = 17;
  using Request = SaslHandshakeRequest;
  using Response = SaslHandshakeResponse;
};

}  // namespace kreel::protocol
