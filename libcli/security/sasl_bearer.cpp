#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "security/bearer_token.hpp"
#include "security/scram.hpp"

namespace kreel::security {
namespace {

constexpr char kEnd = '\x01';
// As Kafka's server: a status of RFC 7628, and nothing of the reason.
constexpr std::string_view kInvalidToken = R"({"status":"invalid_token"})";

/// The token of "n,[a=…],^Aauth=Bearer TOKEN^A…^A", and for whom it is; nullopt for anything else.
struct FirstMessage {
  std::string authzid;
  std::string_view token;
};

std::optional<FirstMessage> read_first(std::string_view message) {
  FirstMessage first;
  if (!message.starts_with("n,")) return std::nullopt;
  const auto header_end = message.find(',', 2);
  if (header_end == std::string_view::npos) return std::nullopt;
  const std::string_view authzid = message.substr(2, header_end - 2);
  if (!authzid.empty()) {
    const auto name =
        authzid.starts_with("a=") ? unescape_scram_name(authzid.substr(2)) : std::nullopt;
    if (!name || name->empty()) return std::nullopt;
    first.authzid = *name;
  }
  std::string_view rest = message.substr(header_end + 1);
  if (rest.size() < 3 || rest.front() != kEnd || !rest.ends_with("\x01\x01")) return std::nullopt;
  rest = rest.substr(1, rest.size() - 3);
  bool has_token = false;
  for (const std::string_view pair : split(rest, kEnd)) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    if (pair.substr(0, equals) != "auth") continue;  // extensions say nothing to this broker
    const std::string_view value = pair.substr(equals + 1);
    const auto blank = value.find(' ');
    if (has_token || blank == std::string_view::npos ||
        !equals_ignore_case(value.substr(0, blank), "Bearer")) {
      return std::nullopt;
    }
    first.token = trim(value.substr(blank));
    has_token = !first.token.empty();
  }
  if (!has_token) return std::nullopt;
  return first;
}

class BearerSession final : public SaslSession {
 public:
  explicit BearerSession(const TokenValidator& validator) : validator_(validator) {}

  Result<SaslStep> step(std::string_view token) override {
    // The client has seen the status, and says that it has.
    if (!reason_.empty()) {
      return fail(ErrorKind::kAuthentication, std::string(kInvalidToken));
    }
    const auto first = token.size() > kBearerTokenBytesMax ? std::nullopt : read_first(token);
    if (!first) {
      return fail(ErrorKind::kAuthentication, "Invalid OAUTHBEARER client first message");
    }
    const auto valid = validator_.validate(first->token);
    if (!valid) return refuse(valid.error().message());
    user_ = valid->user;
    if (!first->authzid.empty() && first->authzid != valid->user) {
      return refuse("it is somebody else's");
    }
    return SaslStep{
        .reply = {}, .is_done = true, .user = valid->user, .expires_at_ms = valid->expires_at_ms};
  }
  std::string claimed_user() const override { return user_; }
  std::string reason() const override { return reason_; }

 private:
  SaslStep refuse(std::string reason) {
    reason_ = std::move(reason);
    return {.reply = std::string(kInvalidToken), .is_done = false, .user = {}, .expires_at_ms = {}};
  }

  const TokenValidator& validator_;
  std::string user_;
  std::string reason_;
};

class BearerClient final : public SaslClient {
 public:
  explicit BearerClient(std::string token) : token_(std::move(token)) {}

  std::string_view mechanism() const override { return kOauthBearer; }
  std::string who() const override { return fmt::format("the token ({})", kOauthBearer); }
  Result<std::optional<std::string>> answer(std::string_view challenge) override {
    if (!is_sent_) {
      is_sent_ = true;
      return std::optional(fmt::format("n,,{0}auth=Bearer {1}{0}{0}", kEnd, token_));
    }
    if (challenge.empty()) return std::optional<std::string>();
    return std::optional(std::string(1, kEnd));
  }

 private:
  std::string token_;
  bool is_sent_ = false;
};

}  // namespace

std::unique_ptr<SaslSession> make_bearer_session(const TokenValidator& validator) {
  return std::make_unique<BearerSession>(validator);
}

std::unique_ptr<SaslClient> make_bearer_client(std::string token) {
  return std::make_unique<BearerClient>(std::move(token));
}

}  // namespace kreel::security
