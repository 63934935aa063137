#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "broker/call.hpp"
#include "broker/connection.hpp"
#include "protocol/api.hpp"
#include "protocol/error_code.hpp"
#include "security/sasl_server.hpp"

namespace kreel::broker {

/// How far one connection of a SASL listener has come in showing who it is, also when it does so
/// again (KIP-368). On the connection's io thread.
class SaslExchange {
 public:
  SaslExchange(std::shared_ptr<const security::SaslServer> server, const Clock& clock)
      : server_(std::move(server)), clock_(clock) {}

  /// Nothing else than the exchange is served before.
  bool is_authenticated() const { return !principal_.empty(); }
  /// After a handshake of version 0: the next frame is a token, and no request.
  bool expects_raw_token() const { return session_ != nullptr && raw_tokens_; }
  bool expects_token() const { return session_ != nullptr && !raw_tokens_; }
  /// Why a request of this API ends the connection now; nullopt when it may be served.
  std::optional<std::string> objection(protocol::ApiKey api) const;

  const std::vector<std::string>& mechanisms() const { return server_->mechanisms(); }
  std::int64_t failure_delay_ms() const { return server_->failure_delay_ms(); }

  /// NONE when the tokens of `mechanism` may follow; `raw_tokens`: without headers.
  protocol::ErrorCode begin(const std::string& mechanism, bool raw_tokens);

  struct Answer {
    std::string reply;
    std::int64_t session_lifetime_ms = 0;
  };
  /// kAuthentication for the client; the exchange is over then. Sets the connection's principal.
  Result<Answer> take(std::string_view token, ConnectionInfo& connection);

 private:
  Result<Answer> finish(security::SaslStep step, ConnectionInfo& connection);
  void count_lifetime(const security::SaslStep& step, Answer& answer);

  std::shared_ptr<const security::SaslServer> server_;
  const Clock& clock_;
  std::unique_ptr<security::SaslSession> session_;
  bool raw_tokens_ = false;
  std::string mechanism_;
  std::string principal_;
  std::optional<std::int64_t> expires_at_ms_;  ///< by the monotonic clock
  std::optional<std::int64_t> authenticated_at_ms_;
};

/// One token of an exchange that began with version 0, as a frame without headers.
void take_raw_token(ReplyTicket ticket, ConnectionInfo& connection, ByteView token);

}  // namespace kreel::broker
