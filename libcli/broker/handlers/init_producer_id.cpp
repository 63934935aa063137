// InitProducerId, versions 0-5: a producer id for idempotence.
//   2: flexible   3: a producer may name its current id and epoch   4: PRODUCER_FENCED   5: as 4

#include <memory>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::InitProducerIdResponse;

void answer(Call<protocol::InitProducerId>& call, ErrorCode error, ProducerId id) {
  InitProducerIdResponse response;
  response.error_code = error;
  response.producer_id = id;
  response.producer_epoch = static_cast<std::int16_t>(error == ErrorCode::NONE ? 0 : -1);
  call.reply(response);
}

}  // namespace

void handle(Call<protocol::InitProducerId> call, RequestContext& context) {
  if (call.request.transactional_id) {
    // No coordinator of transactions: the error that tells a client so for good.
    return answer(call, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1);
  }
  Broker& broker = context.broker;
  if (const auto id = broker.catalog().next_producer_id()) {
    return answer(call, ErrorCode::NONE, *id);
  }
  auto waiting = std::make_shared<Call<protocol::InitProducerId>>(std::move(call));
  auto id = std::make_shared<std::optional<ProducerId>>();
  broker.run_blocking(
      [&broker, id] {
        if (broker.catalog().reserve_producer_ids()) *id = broker.catalog().next_producer_id();
      },
      context.io,
      [waiting, id] {
        const ErrorCode error = *id ? ErrorCode::NONE : ErrorCode::COORDINATOR_NOT_AVAILABLE;
        answer(*waiting, error, id->value_or(-1));
      });
}

}  // namespace kreel::broker
