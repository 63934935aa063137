#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kreel/certs.hpp"
#include "security/openssl.hpp"

namespace kreel::security {

struct ReviewOptions {
  const Certificates* trusted = nullptr;  ///< null: this system's roots
  std::string host;                       ///< must be among the names; empty: not asked
  std::int64_t now_ms = 0;
  std::int64_t warn_ms = 0;
};

/// Collects findings, and the first one that matters as the problem.
class Review {
 public:
  explicit Review(ReviewOptions options) : options_(std::move(options)) {}

  void note(std::string step, std::string subject, std::string detail);
  void warn(std::string step, std::string subject, std::string detail);
  void refuse(std::string step, std::string subject, Error problem);

  /// Ends, keys, usages, names and signatures of a chain, its end's certificate first.
  void examine(const Certificates& chain);
  certs::Report take() && { return std::move(report_); }

 private:
  void examine_expiry(X509* certificate);
  void examine_key(X509* certificate);
  void examine_usage(X509* certificate);
  void examine_names(X509* certificate);
  void examine_chain(const Certificates& chain);
  void examine_order(const Certificates& chain);

  ReviewOptions options_;
  certs::Report report_;
};

}  // namespace kreel::security
