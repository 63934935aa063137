#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeUserScramCredentialsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct UserName {
    static constexpr bool kIsDescribed = true;

    std::string name;

    bool operator==(const UserName&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("name", &UserName::name, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::optional<std::vector<UserName>> users = std::vector<UserName>();  ///< null or none: all

  bool operator==(const DescribeUserScramCredentialsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("users", &DescribeUserScramCredentialsRequest::users, since(0).nullable(0));
  }
};

struct DescribeUserScramCredentialsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct CredentialInfo {
    static constexpr bool kIsDescribed = true;

    std::int8_t mechanism = 0;
    std::int32_t iterations = 0;

    bool operator==(const CredentialInfo&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("mechanism", &CredentialInfo::mechanism, since(0));
      v("iterations", &CredentialInfo::iterations, since(0));
    }
  };

  struct DescribeUserScramCredentialsResult {
    static constexpr bool kIsDescribed = true;

    std::string user;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string> error_message = "";
    std::vector<CredentialInfo> credential_infos;

    bool operator==(const DescribeUserScramCredentialsResult&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("user", &DescribeUserScramCredentialsResult::user, since(0));
      v("error_code", &DescribeUserScramCredentialsResult::error_code, since(0));
      v("error_message", &DescribeUserScramCredentialsResult::error_message, since(0).nullable(0));
      v("credential_infos", &DescribeUserScramCredentialsResult::credential_infos, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string> error_message = "";
  std::vector<DescribeUserScramCredentialsResult> results;

  bool operator==(const DescribeUserScramCredentialsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeUserScramCredentialsResponse::throttle_time_ms, since(0));
    v("error_code", &DescribeUserScramCredentialsResponse::error_code, since(0));
    v("error_message", &DescribeUserScramCredentialsResponse::error_message, since(0).nullable(0));
    v("results", &DescribeUserScramCredentialsResponse::results, since(0));
  }
};

struct DescribeUserScramCredentials {
  static constexpr std::int16_t key = 50;
  using Request = DescribeUserScramCredentialsRequest;
  using Response = DescribeUserScramCredentialsResponse;
};

}  // namespace kreel::protocol
