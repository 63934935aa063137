#include "security/sasl_plain.hpp"

#include <openssl/crypto.h>

#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "security/scram.hpp"

namespace kreel::security {
namespace {

class PlainSession final : public SaslSession {
 public:
  PlainSession(const PlainUsers& users, const Secret& server_secret)
      : users_(users), server_secret_(server_secret) {}

  Result<SaslStep> step(std::string_view token) override {
    if (token.size() > kSaslTokenBytesMax) return malformed();
    const auto parts = split(token, '\0');
    if (parts.size() != 3 || parts[1].empty() || parts[2].empty()) return malformed();
    user_ = std::string(parts[1]);
    const auto found = users_.find(user_);
    const bool is_known = found != users_.end();
    const bool is_right = is_same(is_known ? found->second.reveal() : std::string(), parts[2]);
    const bool is_himself = parts[0].empty() || parts[0] == parts[1];
    if (!is_known || !is_right || !is_himself) {
      return fail(ErrorKind::kAuthentication,
                  "Authentication failed: Invalid username or password");
    }
    return SaslStep{.reply = {}, .is_done = true, .user = user_, .expires_at_ms = {}};
  }
  std::string claimed_user() const override { return user_; }

 private:
  static tl::unexpected<Error> malformed() {
    return fail(ErrorKind::kAuthentication,
                "Invalid SASL/PLAIN response: expected user, NUL and password");
  }
  // Digests have one length, so nothing tells how long the password is.
  bool is_same(std::string_view expected, std::string_view given) const {
    const std::string left = scram_hmac(ScramMechanism::kSha256, server_secret_.reveal(), expected);
    const std::string right = scram_hmac(ScramMechanism::kSha256, server_secret_.reveal(), given);
    return ::CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
  }

  const PlainUsers& users_;
  const Secret& server_secret_;
  std::string user_;
};

class PlainClient final : public SaslClient {
 public:
  PlainClient(std::string user, Secret password)
      : user_(std::move(user)), password_(std::move(password)) {}

  std::string_view mechanism() const override { return kPlain; }
  std::string who() const override {
    return fmt::format("user \"{}\" ({})", escape_control(user_), kPlain);
  }
  Result<std::optional<std::string>> answer(std::string_view) override {
    if (std::exchange(is_sent_, true)) return std::optional<std::string>();
    std::string token(1, '\0');
    token += user_;
    token += '\0';
    token += password_.reveal();
    return std::optional(std::move(token));
  }

 private:
  std::string user_;
  Secret password_;
  bool is_sent_ = false;
};

}  // namespace

std::unique_ptr<SaslSession> make_plain_session(const PlainUsers& users,
                                                const Secret& server_secret) {
  return std::make_unique<PlainSession>(users, server_secret);
}

std::unique_ptr<SaslClient> make_plain_client(std::string user, Secret password) {
  return std::make_unique<PlainClient>(std::move(user), std::move(password));
}

}  // namespace kreel::security
