// EndTxn, versions 0-5.
//   2: PRODUCER_FENCED   3: flexible   4: TRANSACTION_ABORTABLE
//   5: each transaction has an epoch of its own; the answer has the next one (KIP-890)

#include "broker/handlers/transaction_call.hpp"

namespace kreel::broker {

using protocol::EndTxnResponse;

void handle(Call<protocol::EndTxn> call, RequestContext& context) {
  constexpr protocol::Version kFirstWithEpochs = 5;
  coordinator::EndTransaction request{.transactional_id = call.request.transactional_id,
                                      .producer_id = call.request.producer_id,
                                      .producer_epoch = call.request.producer_epoch,
                                      .committed = call.request.committed,
                                      .client_version = call.version() >= kFirstWithEpochs
                                                            ? coordinator::kTransactionsV2
                                                            : coordinator::kTransactionsV0};
  auto waiting = std::make_shared<Call<protocol::EndTxn>>(std::move(call));
  context.broker.transactions().router().end(
      context.io.executor(), std::move(request), [waiting](EndTxnResponse response) {
        response.error_code = fenced_for_version(response.error_code, waiting->version());
        waiting->reply(response);
      });
}

}  // namespace kreel::broker
