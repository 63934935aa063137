#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "security/openssl.hpp"
#include "security/principal_rules.hpp"
#include "security/tls_context.hpp"
#include "security/tls_material.hpp"

namespace kreel::security {

/// The TLS of one listener. Its certificates may change while it runs: sessions begun before keep
/// the old ones. Thread-safe.
class TlsServer {
 public:
  struct Options {
    TlsSources sources;
    TlsServerSettings settings;
    PrincipalRules principal_rules;
  };
  /// kUsage for files and settings that cannot serve.
  static Result<std::shared_ptr<TlsServer>> open(fs::FileSystem& fs, Options options);

  /// For one connection, in the state to accept.
  TlsPtr new_session() const;
  /// "User:CN=app" of the certificate that the other side has shown; "User:ANONYMOUS" without one.
  Result<std::string> principal_of(const SSL* session) const;
  /// Whether nobody comes in without a certificate.
  bool authenticates() const { return options_.settings.client_auth == ClientAuth::kRequired; }

  /// Reads the files again when one of them is another than before; true when new sessions have the
  /// new ones. After an error the old ones stay. One thread at a time.
  Result<bool> reload_if_changed();

  /// What people have to know of a certificate that ends within a month, or has ended: when it is
  /// new here, once a day from then on, and when it ends. One thread at a time.
  std::optional<std::string> take_expiry_warning(std::int64_t now_ms);

 private:
  using Stamps = std::map<std::string, std::int64_t>;

  TlsServer(fs::FileSystem& fs, Options options) : fs_(fs), options_(std::move(options)) {}
  Stamps stamps() const;
  void warn_of_open_keys() const;
  Result<void> load();

  fs::FileSystem& fs_;
  const Options options_;
  Stamps loaded_;
  std::int64_t not_after_ms_ = 0;
  std::optional<std::int64_t> warned_ms_;  ///< of this certificate
  mutable std::mutex mutex_;
  TlsContextPtr context_;
};

}  // namespace kreel::security
