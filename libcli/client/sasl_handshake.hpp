#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/api_names.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::client {

// Asks which SASL mechanisms a listener takes. Here and not in protocol/, since kreel's own broker
// does not serve it.

struct SaslHandshakeRequest {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 1, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  std::string mechanism;

  bool operator==(const SaslHandshakeRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("mechanism", &SaslHandshakeRequest::mechanism, protocol::since(0));
  }
};

struct SaslHandshakeResponse {
  static constexpr protocol::MessageVersions versions{.min = 0, .max = 1, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  protocol::ErrorCode error_code = protocol::ErrorCode::NONE;
  std::vector<std::string> mechanisms;

  bool operator==(const SaslHandshakeResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("error_code", &SaslHandshakeResponse::error_code, protocol::since(0));
    v("mechanisms", &SaslHandshakeResponse::mechanisms, protocol::since(0));
  }
};

struct SaslHandshake {
  static constexpr std::int16_t key = 17;
  using Request = SaslHandshakeRequest;
  using Response = SaslHandshakeResponse;
};

template <>
struct ApiFacts<SaslHandshake> {
  static constexpr std::string_view name = "SaslHandshake";
  static constexpr std::string_view since_kafka = "0.10";
  static constexpr protocol::Version max = 1;
};

}  // namespace kreel::client
