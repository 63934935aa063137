#include "broker/sasl_exchange.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "protocol/wire_writer.hpp"

namespace kreel::broker {
namespace {

using protocol::ApiKey;
using protocol::ErrorCode;

constexpr std::int64_t kReauthenticationPauseMs = 1'000;

}  // namespace

std::optional<std::string> SaslExchange::objection(ApiKey api) const {
  const bool is_exchange = api == ApiKey::SaslHandshake || api == ApiKey::SaslAuthenticate;
  if (!is_authenticated()) {
    if (is_exchange || api == ApiKey::ApiVersions) return std::nullopt;
    return fmt::format("{} before it has shown who it is", protocol::api_info(api).name);
  }
  if (session_ != nullptr && api != ApiKey::SaslAuthenticate) {
    return fmt::format("{} in the middle of an authentication", protocol::api_info(api).name);
  }
  const bool is_over = expires_at_ms_ && clock_.monotonic_ms() >= *expires_at_ms_;
  if (!is_over || is_exchange) return std::nullopt;
  return fmt::format("{} had to show again who it is", principal_);
}

ErrorCode SaslExchange::begin(const std::string& mechanism, bool raw_tokens) {
  if (session_ != nullptr) return ErrorCode::ILLEGAL_SASL_STATE;
  if (is_authenticated()) {
    const std::int64_t since_ms = clock_.monotonic_ms() - *authenticated_at_ms_;
    if (!expires_at_ms_ || raw_tokens || since_ms < kReauthenticationPauseMs) {
      return ErrorCode::ILLEGAL_SASL_STATE;
    }
    if (mechanism != mechanism_) return ErrorCode::UNSUPPORTED_SASL_MECHANISM;
  }
  session_ = server_->begin(mechanism);
  if (session_ == nullptr) return ErrorCode::UNSUPPORTED_SASL_MECHANISM;
  mechanism_ = mechanism;
  raw_tokens_ = raw_tokens;
  return ErrorCode::NONE;
}

Result<SaslExchange::Answer> SaslExchange::take(std::string_view token,
                                                ConnectionInfo& connection) {
  auto step = session_->step(token);
  if (!step) {
    const std::string user = escape_control(session_->claimed_user());
    const std::string reason = session_->reason();
    connection.refused = fmt::format("authentication by {} failed{}{}", mechanism_,
                                     user.empty() ? "" : fmt::format(" for user \"{}\"", user),
                                     reason.empty() ? "" : ": " + reason);
    session_.reset();
    return fail(std::move(step).error());
  }
  if (!step->is_done) return Answer{std::move(step->reply), 0};
  session_.reset();
  return finish(std::move(*step), connection);
}

Result<SaslExchange::Answer> SaslExchange::finish(security::SaslStep step,
                                                  ConnectionInfo& connection) {
  std::string principal = "User:" + step.user;
  if (is_authenticated() && principal != principal_) {
    connection.refused =
        fmt::format("{} cannot become {}", escape_control(principal_), escape_control(principal));
    return fail(ErrorKind::kAuthentication,
                fmt::format("Cannot change principals during re-authentication from {}: {}",
                            principal_, principal));
  }
  Answer answer{std::move(step.reply), 0};
  authenticated_at_ms_ = clock_.monotonic_ms();
  count_lifetime(step, answer);
  principal_ = std::move(principal);
  connection.principal = principal_;
  return answer;
}

void SaslExchange::count_lifetime(const security::SaslStep& step, Answer& answer) {
  std::optional<std::int64_t> lifetime_ms;
  if (server_->reauthenticate_ms() > 0) lifetime_ms = server_->reauthenticate_ms();
  if (step.expires_at_ms) {
    const std::int64_t left_ms = std::max<std::int64_t>(*step.expires_at_ms - clock_.wall_ms(), 1);
    lifetime_ms = std::min(lifetime_ms.value_or(left_ms), left_ms);
  }
  expires_at_ms_.reset();
  if (!lifetime_ms) return;
  expires_at_ms_ = *authenticated_at_ms_ + *lifetime_ms;
  answer.session_lifetime_ms = *lifetime_ms;
}

void take_raw_token(ReplyTicket ticket, ConnectionInfo& connection, ByteView token) {
  const auto answer = connection.sasl->take(as_text(token), connection);
  if (answer) {
    protocol::WireWriter out;
    out.write_int(static_cast<std::int32_t>(answer->reply.size()));
    out.write_view(as_bytes(answer->reply));
    return ticket.send(out.take());
  }
  // There is no form for an error: the connection ends.
  Executor& executor = *ticket.origin().executor;
  auto held = std::make_shared<ReplyTicket>(std::move(ticket));
  executor.schedule_after_ms(connection.sasl->failure_delay_ms(),
                             [held, why = connection.refused] { held->close(why); });
}

}  // namespace kreel::broker
