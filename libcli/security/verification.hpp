#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "security/openssl.hpp"

namespace kreel::security {

inline constexpr std::int64_t kDayMs = 86'400'000;

/// Why OpenSSL does not accept a chain.
struct VerifyFailure {
  int code = 0;  ///< X509_V_ERR_…; 0: nothing is wrong
  std::string subject;
  std::string issuer;
  std::string names;  ///< "DNS:a, IP:10.0.0.1"
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
};

/// What stands in `certificate`, for the error `code` about it.
VerifyFailure failure_of(int code, X509* certificate);

/// In words, with what to change: which certificate, which issuer, which names, since when.
/// kAuthentication.
Error explain(const VerifyFailure& failure, const std::string& host);

/// "DNS:a, DNS:b"; "no names" without any.
std::string names_text(X509* certificate);
/// Whether the certificate is one of this host name or address.
bool names_host(X509* certificate, const std::string& host);

/// "2026-11-20T08:00:00Z".
std::string time_text(std::int64_t time_ms);

}  // namespace kreel::security
