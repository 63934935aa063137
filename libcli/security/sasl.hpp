#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kreel::security {

inline constexpr std::string_view kPlain = "PLAIN";
inline constexpr std::string_view kOauthBearer = "OAUTHBEARER";

/// Longer tokens are refused unread.
inline constexpr std::size_t kSaslTokenBytesMax = 4096;
inline constexpr std::size_t kBearerTokenBytesMax = std::size_t{64} << 10;

/// What a server answers to one token.
struct SaslStep {
  std::string reply;
  bool is_done = false;
  /// Once done: who it is, and when that ends (ms since 1970), if it does.
  std::string user;
  std::optional<std::int64_t> expires_at_ms;
};

/// A server's side of one exchange. After is_done or an error there is no further step.
class SaslSession {
 public:
  virtual ~SaslSession() = default;
  /// kAuthentication: the text is for the client, and is the same for an unknown user and for a
  /// wrong password.
  virtual Result<SaslStep> step(std::string_view token) = 0;
  /// Who it claims to be, for the log; "" until that is known. Not escaped.
  virtual std::string claimed_user() const = 0;
  /// What was wrong, for the log, where a client is told less; "" otherwise.
  virtual std::string reason() const { return {}; }
};

/// A client's side of one exchange.
class SaslClient {
 public:
  virtual ~SaslClient() = default;
  virtual std::string_view mechanism() const = 0;
  /// Whom it logs in, for a message: user "app" (SCRAM-SHA-512).
  virtual std::string who() const = 0;
  /// What to look at when the server refuses it, after "check ".
  virtual std::string_view settings() const { return "sasl.username and sasl.password"; }
  /// The token that comes first, or the answer to the server's `challenge`; nullopt when nothing
  /// is left to say. kAuthentication when the server does not prove that it knows the password.
  virtual Result<std::optional<std::string>> answer(std::string_view challenge) = 0;
};

}  // namespace kreel::security
