#include <algorithm>

#include "coordinator/transaction/answer.hpp"
#include "coordinator/transaction/coordinator.hpp"

// DescribeTransactions, ListTransactions.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::ListTransactionsRequest;
using ListedTransaction = protocol::ListTransactionsResponse::TransactionState;

void TransactionCoordinator::describe(const std::string& transactional_id,
                                      Reply<DescribedTransaction> reply) {
  DescribedTransaction told;
  told.transactional_id = transactional_id;
  const Transaction* transaction = find(transactional_id);
  if (transaction == nullptr) {
    told.error_code = ErrorCode::TRANSACTIONAL_ID_NOT_FOUND;
    return answer(std::move(reply), std::move(told));
  }
  told.transaction_state = to_string(transaction->state);
  told.transaction_timeout_ms = transaction->timeout_ms;
  told.transaction_start_time_ms = transaction->started_ms;
  told.producer_id = transaction->producer_id;
  told.producer_epoch = transaction->producer_epoch;
  for (const storage::TopicPartition& partition : transaction->partitions) {
    if (told.topics.empty() || told.topics.back().topic != partition.topic) {
      told.topics.push_back({partition.topic, {}});
    }
    told.topics.back().partitions.push_back(partition.partition);
  }
  answer(std::move(reply), std::move(told));
}

std::vector<ListedTransaction> TransactionCoordinator::list(
    const ListTransactionsRequest& request) const {
  std::vector<ListedTransaction> listed;
  const TimestampMs now_ms = environment_.clock.wall_ms();
  for (const auto& [id, transaction] : transactions_) {
    const std::string_view state = to_string(transaction.state);
    const bool has_state =
        request.state_filters.empty() ||
        std::ranges::find(request.state_filters, state) != request.state_filters.end();
    const bool has_producer =
        request.producer_id_filters.empty() ||
        std::ranges::find(request.producer_id_filters, transaction.producer_id) !=
            request.producer_id_filters.end();
    const bool is_long_enough =
        request.duration_filter < 0 || transaction.started_ms < now_ms - request.duration_filter;
    if (!has_state || !has_producer || !is_long_enough) continue;
    listed.push_back({id, transaction.producer_id, std::string(state)});
  }
  return listed;
}

}  // namespace kreel::coordinator
