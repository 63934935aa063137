// SaslAuthenticate, versions 0-2.
//   1: session lifetime (KIP-368)   2: flexible

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/sasl_exchange.hpp"

namespace kreel::broker {

using protocol::ErrorCode;

void handle(Call<protocol::SaslAuthenticate> call, RequestContext& context) {
  protocol::SaslAuthenticateResponse response;
  ConnectionInfo& connection = context.connection;
  SaslExchange* exchange = connection.sasl.get();
  if (exchange == nullptr || !exchange->expects_token()) {
    response.error_code = ErrorCode::ILLEGAL_SASL_STATE;
    response.error_message = "SaslAuthenticate request without a SaslHandshake before it";
    if (exchange != nullptr) connection.refused = *response.error_message;
    return call.reply(response);
  }
  auto answer = exchange->take(as_text(call.request.auth_bytes), connection);
  if (answer) {
    const ByteView reply = as_bytes(answer->reply);
    response.error_message.reset();
    response.auth_bytes.assign(reply.begin(), reply.end());
    response.session_lifetime_ms = answer->session_lifetime_ms;
    return call.reply(response);
  }
  response.error_code = ErrorCode::SASL_AUTHENTICATION_FAILED;
  response.error_message = reply_message(answer.error().message());
  auto held = std::make_shared<Call<protocol::SaslAuthenticate>>(std::move(call));
  context.io.executor().schedule_after_ms(exchange->failure_delay_ms(),
                                          [held, response] { held->reply(response); });
}

}  // namespace kreel::broker
