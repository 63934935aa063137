#include <algorithm>
#include <iterator>

#include "coordinator/limits.hpp"
#include "coordinator/transaction/answer.hpp"
#include "coordinator/transaction/coordinator.hpp"

// AddPartitionsToTxn and what adds partitions by itself: a partition is in the records before it
// has the transaction's first batch, so that no marker is forgotten.

namespace kreel::coordinator {

using protocol::ErrorCode;

namespace {

ErrorCode check_producer(const Transaction* current, const AddPartitions& request) {
  if (request.transactional_id.empty()) return ErrorCode::INVALID_REQUEST;
  if (current == nullptr || current->producer_id != request.producer_id) {
    return ErrorCode::INVALID_PRODUCER_ID_MAPPING;
  }
  if (current->producer_epoch != request.producer_epoch) return ErrorCode::PRODUCER_FENCED;
  if (current->is_ending()) return ErrorCode::CONCURRENT_TRANSACTIONS;
  return ErrorCode::NONE;
}

}  // namespace

void TransactionCoordinator::add(const AddPartitions& request, Reply<ErrorCode> reply) {
  const Transaction* current = find(request.transactional_id);
  const ErrorCode error = check_producer(current, request);
  if (error != ErrorCode::NONE) return answer(std::move(reply), ErrorCode{error});
  const bool is_ongoing = current->state == TransactionState::kOngoing;
  if (is_ongoing && std::ranges::includes(current->partitions, request.partitions)) {
    return answer(std::move(reply), ErrorCode::NONE);
  }
  Transaction next = with_partitions(*current, request.partitions, request.client_version,
                                     environment_.clock.wall_ms());
  if (next.partitions.size() > kPartitionsPerTransactionMax) {
    return answer(std::move(reply), ErrorCode::POLICY_VIOLATION);
  }
  write(request.transactional_id, next, [](ErrorCode) {});
  answer(std::move(reply), ErrorCode::NONE);
}

void TransactionCoordinator::verify(const AddPartitions& request, VerifyReply reply) {
  const Transaction* current = find(request.transactional_id);
  const ErrorCode error = check_producer(current, request);
  std::vector<ErrorCode> errors(request.partitions.size(), error);
  if (error == ErrorCode::NONE) {
    std::ranges::transform(request.partitions, errors.begin(), [&](const auto& partition) {
      return current->partitions.contains(partition) ? ErrorCode::NONE
                                                     : ErrorCode::TRANSACTION_ABORTABLE;
    });
  }
  answer(std::move(reply), std::move(errors));
}

}  // namespace kreel::coordinator
