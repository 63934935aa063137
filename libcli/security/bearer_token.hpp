#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "security/sasl.hpp"

namespace kreel::security {

/// Which tokens a listener takes: Kafka's sasl.oauthbearer.* settings.
struct TokenRules {
  std::string keys_file;               ///< a JWK set; empty: none, so only unsecured tokens
  std::vector<std::string> audiences;  ///< one of them has to be the token's; empty: any
  std::string issuer;                  ///< empty: any
  std::string subject_claim = "sub";
  std::int64_t clock_skew_ms = 30'000;
  /// Tokens that nobody has signed, as test setups have them: whoever makes one is whoever he says.
  bool allows_unsecured = false;
};

struct BearerToken {
  std::string user;
  std::int64_t expires_at_ms = 0;  ///< since 1970
};

/// Checks JSON web tokens (RFC 7519) against a set of public keys, which may change while it runs.
/// Thread-safe.
class TokenValidator {
 public:
  /// kUsage for a file that has no key to check signatures with.
  static Result<std::shared_ptr<TokenValidator>> open(fs::FileSystem& fs, const Clock& clock,
                                                      TokenRules rules);
  ~TokenValidator();

  /// kAuthentication says why not, for the log: a client is told less.
  Result<BearerToken> validate(std::string_view token) const;

  /// Reads the file again when it is another than before; true when there are new keys, perhaps
  /// none, so that no token is taken. After an error (a file that is gone, or no JWK set) the old
  /// ones stay. One thread at a time.
  Result<bool> reload_if_changed();

 private:
  struct Keys;

  TokenValidator(fs::FileSystem& fs, const Clock& clock, TokenRules rules)
      : fs_(fs), clock_(clock), rules_(std::move(rules)) {}
  Result<void> load();
  std::int64_t stamp() const;

  fs::FileSystem& fs_;
  const Clock& clock_;
  const TokenRules rules_;
  std::int64_t loaded_stamp_ = -1;
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;
};

/// RFC 7628. `validator` outlives the session.
std::unique_ptr<SaslSession> make_bearer_session(const TokenValidator& validator);
std::unique_ptr<SaslClient> make_bearer_client(std::string token);

}  // namespace kreel::security
