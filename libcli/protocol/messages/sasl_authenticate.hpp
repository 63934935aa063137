#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct SaslAuthenticateRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  Bytes auth_bytes;

  bool operator==(const SaslAuthenticateRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("auth_bytes", &SaslAuthenticateRequest::auth_bytes, since(0));
  }
};

struct SaslAuthenticateResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  Bytes auth_bytes;
  std::int64_t session_lifetime_ms = 0;  ///< until it has to be shown again; 0: never (KIP-368)

  bool operator==(const SaslAuthenticateResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("error_code", &SaslAuthenticateResponse::error_code, since(0));
    v("error_message", &SaslAuthenticateResponse::error_message, since(0).nullable(0));
    v("auth_bytes", &SaslAuthenticateResponse::auth_bytes, since(0));
    v("session_lifetime_ms", &SaslAuthenticateResponse::session_lifetime_ms, since(1).ignorable());
  }
};

struct SaslAuthenticate {
  static constexpr std::int16_t key = 36;
  using Request = SaslAuthenticateRequest;
  using Response = SaslAuthenticateResponse;
};

}  // namespace kreel::protocol
