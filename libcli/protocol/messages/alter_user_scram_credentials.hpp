#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

/// The password itself never comes: the client has salted it (KIP-554).
struct AlterUserScramCredentialsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct ScramCredentialDeletion {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int8_t mechanism = 0;

    bool operator==(const ScramCredentialDeletion&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ScramCredentialDeletion::name, since(0));
      v("mechanism", &ScramCredentialDeletion::mechanism, since(0));
    }
  };

  struct ScramCredentialUpsertion {
    static constexpr bool kIsDescribed = true;

    std::string name;
    std::int8_t mechanism = 0;
    std::int32_t iterations = 0;
    Bytes salt;
    Bytes salted_password;

    bool operator==(const ScramCredentialUpsertion&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &ScramCredentialUpsertion::name, since(0));
      v("mechanism", &ScramCredentialUpsertion::mechanism, since(0));
      v("iterations", &ScramCredentialUpsertion::iterations, since(0));
      v("salt", &ScramCredentialUpsertion::salt, since(0));
      v("salted_password", &ScramCredentialUpsertion::salted_password, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::vector<ScramCredentialDeletion> deletions;
  std::vector<ScramCredentialUpsertion> upsertions;

  bool operator==(const AlterUserScramCredentialsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("deletions", &AlterUserScramCredentialsRequest::deletions, since(0));
    v("upsertions", &AlterUserScramCredentialsRequest::upsertions, since(0));
  }
};

struct AlterUserScramCredentialsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct AlterUserScramCredentialsResult {
    static constexpr bool kIsDescribed = true;

    std::string user;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";

    bool operator==(const AlterUserScramCredentialsResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("user", &AlterUserScramCredentialsResult::user, since(0));
      v("error_code", &AlterUserScramCredentialsResult::error_code, since(0));
      v("error_message", &AlterUserScramCredentialsResult::error_message, since(0).nullable(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<AlterUserScramCredentialsResult> results;

  bool operator==(const AlterUserScramCredentialsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AlterUserScramCredentialsResponse::throttle_time_ms, since(0));
    v("results", &AlterUserScramCredentialsResponse::results, since(0));
  }
};

struct AlterUserScramCredentials {
  static constexpr std::int16_t key = 51;
  using Request = AlterUserScramCredentialsRequest;
  using Response = AlterUserScramCredentialsResponse;
};

}  // namespace kreel::protocol
