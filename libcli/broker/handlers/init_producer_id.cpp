// InitProducerId, versions 0-5: a producer id, for idempotence or for a transactional id.
//   2: flexible   3: a producer may name its current id and epoch (KIP-360)
//   4: PRODUCER_FENCED (before, INVALID_PRODUCER_EPOCH)   5: as 4

#include <memory>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/io_thread.hpp"
#include "broker/producer_ids.hpp"
#include "broker/transaction_service.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::InitProducerIdResponse;

constexpr protocol::Version kFirstInitWithProducerFenced = 4;

void init_without_transactions(Call<protocol::InitProducerId> call, RequestContext& context) {
  auto waiting = std::make_shared<Call<protocol::InitProducerId>>(std::move(call));
  next_producer_id(context.broker, context.io, [waiting](std::optional<ProducerId> id) {
    InitProducerIdResponse response;
    response.error_code = id ? ErrorCode::NONE : ErrorCode::COORDINATOR_NOT_AVAILABLE;
    response.producer_id = id.value_or(-1);
    response.producer_epoch = static_cast<std::int16_t>(id ? 0 : -1);
    waiting->reply(response);
  });
}

}  // namespace

void handle(Call<protocol::InitProducerId> call, RequestContext& context) {
  if ((call.request.producer_id == -1) != (call.request.producer_epoch == -1)) {
    InitProducerIdResponse response;
    response.error_code = ErrorCode::INVALID_REQUEST;
    response.producer_id = -1;
    response.producer_epoch = -1;
    return call.reply(response);
  }
  if (!call.request.transactional_id) return init_without_transactions(std::move(call), context);
  auto request = std::move(call.request);
  auto waiting = std::make_shared<Call<protocol::InitProducerId>>(std::move(call));
  context.broker.transactions().router().init(
      context.io.executor(), std::move(request), [waiting](InitProducerIdResponse response) {
        const bool knows_fencing = waiting->version() >= kFirstInitWithProducerFenced;
        if (response.error_code == ErrorCode::PRODUCER_FENCED && !knows_fencing) {
          response.error_code = ErrorCode::INVALID_PRODUCER_EPOCH;
        }
        waiting->reply(response);
      });
}

}  // namespace kreel::broker
