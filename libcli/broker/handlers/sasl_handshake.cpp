// SaslHandshake, versions 0-1.
//   0: the tokens follow as frames without headers   1: as SaslAuthenticate (KIP-152)

#include "broker/handlers/handlers.hpp"
#include "broker/sasl_exchange.hpp"

namespace kreel::broker {

using protocol::ErrorCode;

void handle(Call<protocol::SaslHandshake> call, RequestContext& context) {
  protocol::SaslHandshakeResponse response;
  SaslExchange* exchange = context.connection.sasl.get();
  if (exchange == nullptr) {
    response.error_code = ErrorCode::ILLEGAL_SASL_STATE;
    return call.reply(response);
  }
  response.mechanisms = exchange->mechanisms();
  response.error_code = exchange->begin(call.request.mechanism, call.version() == 0);
  if (response.error_code != ErrorCode::NONE) {
    context.connection.refused = "a SASL handshake that is not possible";
  }
  call.reply(response);
}

}  // namespace kreel::broker
