// TxnOffsetCommit, versions 0-5: a group's offsets, committed with a producer's transaction.
//   2: leader epochs   3: flexible; member and generation (KIP-447)   4: TRANSACTION_ABORTABLE
//   5: adds the group's partition to the transaction by itself (KIP-890)

#include "broker/handlers/group_call.hpp"
#include "broker/handlers/transaction_call.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::TxnOffsetCommitResponse;

constexpr protocol::Version kFirstThatAdds = 5;
constexpr protocol::Version kFirstWithLoading = 2;

coordinator::TransactionCheck check_of(const protocol::TxnOffsetCommitRequest& request,
                                       protocol::Version version, Broker& broker) {
  coordinator::AddPartitions asked{
      .transactional_id = request.transactional_id,
      .producer_id = request.producer_id,
      .producer_epoch = request.producer_epoch,
      .partitions = {{catalog::kConsumerOffsetsTopic,
                      broker.groups().router().partition_of(request.group_id)}},
      .client_version = coordinator::kTransactionsV2};
  const TransactionService& transactions = broker.transactions();
  if (version >= kFirstThatAdds) {
    return [asked = std::move(asked), &transactions](Executor& home, auto done) {
      transactions.add(home, asked, std::move(done));
    };
  }
  return [asked = std::move(asked), &transactions](Executor& home, auto done) {
    transactions.verify(
        home, asked,
        [done = std::move(done)](const std::vector<ErrorCode>& errors) { done(errors.front()); });
  };
}

}  // namespace

void handle(Call<protocol::TxnOffsetCommit> call, RequestContext& context) {
  auto request = std::move(call.request);
  auto check = check_of(request, context.version, context.broker);
  auto waiting = std::make_shared<Call<protocol::TxnOffsetCommit>>(std::move(call));
  context.broker.groups().router().commit_in_transaction(
      context.io.executor(), std::move(request), group_context(context), std::move(check),
      [waiting](TxnOffsetCommitResponse response) {
        // Clients before 2.0 may crash at COORDINATOR_LOAD_IN_PROGRESS (KAFKA-7296).
        const bool knows_loading = waiting->version() >= kFirstWithLoading;
        for (auto& topic : response.topics) {
          for (auto& partition : topic.partitions) {
            const bool is_loading = partition.error_code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
            if (is_loading && !knows_loading) {
              partition.error_code = ErrorCode::COORDINATOR_NOT_AVAILABLE;
            }
          }
        }
        waiting->reply(response);
      });
}

}  // namespace kreel::broker
