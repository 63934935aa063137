// AddOffsetsToTxn, versions 0-4: a group's partition of __consumer_offsets comes into the
// transaction. Clients with transactions v2 leave it to TxnOffsetCommit.
//   2: PRODUCER_FENCED   3: flexible   4: TRANSACTION_ABORTABLE

#include "broker/group_service.hpp"
#include "broker/handlers/transaction_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::AddOffsetsToTxn> call, RequestContext& context) {
  const PartitionId partition =
      context.broker.groups().router().partition_of(call.request.group_id);
  coordinator::AddPartitions request{.transactional_id = call.request.transactional_id,
                                     .producer_id = call.request.producer_id,
                                     .producer_epoch = call.request.producer_epoch,
                                     .partitions = {{catalog::kConsumerOffsetsTopic, partition}},
                                     .client_version = coordinator::kTransactionsV0};
  auto waiting = std::make_shared<Call<protocol::AddOffsetsToTxn>>(std::move(call));
  context.broker.transactions().add(
      context.io.executor(), std::move(request), [waiting](protocol::ErrorCode error) {
        protocol::AddOffsetsToTxnResponse response;
        response.error_code = fenced_for_version(error, waiting->version());
        waiting->reply(response);
      });
}

}  // namespace kreel::broker
