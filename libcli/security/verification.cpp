#include "security/verification.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "security/certificate_text.hpp"

namespace kreel::security {
namespace {

constexpr std::string_view kTrustHint =
    "ssl.ca.location (certs check: --ca) names the file of the authority that signed it";

}  // namespace

std::string time_text(std::int64_t time_ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<time_t>(time_ms / 1000)));
}

std::string names_text(X509* certificate) {
  constexpr std::size_t kShown = 20;
  auto names = alt_names(certificate);
  if (names.empty()) return "no names";
  const std::size_t left_out = names.size() - std::min(names.size(), kShown);
  names.resize(names.size() - left_out);
  const std::string text = fmt::format("{}", fmt::join(names, ", "));
  return left_out == 0 ? text : fmt::format("{} and {} more", text, left_out);
}

bool names_host(X509* certificate, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const bool address = ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
                       ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
  if (address) return ::X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  return ::X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

VerifyFailure failure_of(int code, X509* certificate) {
  VerifyFailure failure;
  failure.code = code;
  if (certificate == nullptr) return failure;
  failure.subject = subject_text(certificate);
  failure.issuer = issuer_text(certificate);
  failure.names = names_text(certificate);
  failure.not_before_ms = time_ms(::X509_get0_notBefore(certificate));
  failure.not_after_ms = time_ms(::X509_get0_notAfter(certificate));
  return failure;
}

Error explain(const VerifyFailure& failure, const std::string& host) {
  const auto make = [](std::string message, std::string hint) {
    return Error(ErrorKind::kAuthentication, std::move(message), std::move(hint));
  };
  switch (failure.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return make(fmt::format("the certificate {} expired at {}", failure.subject,
                              time_text(failure.not_after_ms)),
                  "its owner has to renew it");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return make(fmt::format("the certificate {} is valid from {} on", failure.subject,
                              time_text(failure.not_before_ms)),
                  "compare the clocks of both machines");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return make(fmt::format("the certificate {} is for {}, not for {}", failure.subject,
                              failure.names, host),
                  "connect by one of its names, or make it with this one: kreel certs gen --host");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return make(fmt::format("the certificate {} is signed by {}, which is not trusted here",
                              failure.subject, failure.issuer),
                  std::string(kTrustHint));
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return make(fmt::format("the key of the certificate {} is too short", failure.subject),
                  "make it anew with RSA 2048 or ECDSA P-256: kreel certs gen");
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return make(fmt::format("the certificate {} is signed with SHA-1 or MD5, which can be forged",
                              failure.subject),
                  "have it signed anew with SHA-256");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return make(fmt::format("the certificate {} is signed by itself and not trusted here",
                              failure.subject),
                  std::string(kTrustHint));
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return make(fmt::format("the signature of the certificate {} is not that of {}",
                              failure.subject, failure.issuer),
                  "another authority of the same name signed it; use the file of the right one");
    case X509_V_ERR_INVALID_PURPOSE:
      return make(fmt::format("the certificate {} is not meant for this use", failure.subject),
                  "a broker's has serverAuth among its usages, a client's clientAuth");
    case X509_V_ERR_INVALID_CA:
      return make(fmt::format("the certificate {} may not sign others", failure.subject),
                  "the file of trusted certificates needs the authority's, with CA:TRUE");
    default:
      return make(fmt::format("the certificate {} is not accepted: {}", failure.subject,
                              ::X509_verify_cert_error_string(failure.code)),
                  std::string(kTrustHint));
  }
}

}  // namespace kreel::security
