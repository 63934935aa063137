#include "coordinator/transaction/transaction.hpp"

#include <array>
#include <limits>
#include <utility>

#include "base/assert.hpp"

namespace kreel::coordinator {

namespace {

constexpr ProducerEpoch kLastEpoch = std::numeric_limits<ProducerEpoch>::max();

constexpr auto kStateNames = std::to_array<std::pair<TransactionState, std::string_view>>({
    {TransactionState::kEmpty, "Empty"},
    {TransactionState::kOngoing, "Ongoing"},
    {TransactionState::kPrepareCommit, "PrepareCommit"},
    {TransactionState::kPrepareAbort, "PrepareAbort"},
    {TransactionState::kCompleteCommit, "CompleteCommit"},
    {TransactionState::kCompleteAbort, "CompleteAbort"},
    {TransactionState::kDead, "Dead"},
    {TransactionState::kPrepareEpochFence, "PrepareEpochFence"},
});

/// What every step keeps: Kafka notes the producer id before the step, changed or not.
Transaction next_step(const Transaction& from, TransactionState state, TimestampMs now_ms) {
  Transaction to = from;
  to.state = state;
  to.previous_producer_id = from.producer_id;
  to.updated_ms = now_ms;
  return to;
}

}  // namespace

std::string_view to_string(TransactionState state) {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "Unknown";
}

std::optional<TransactionState> transaction_state(std::string_view name) {
  for (const auto& [state, known] : kStateNames) {
    if (known == name) return state;
  }
  return std::nullopt;
}

bool is_exhausted(ProducerEpoch epoch) {
  return epoch >= kLastClientEpoch;
}

Transaction initialized(const Transaction& from, ProducerId producer_id, ProducerEpoch epoch,
                        std::int32_t timeout_ms, TimestampMs now_ms) {
  Transaction to = next_step(from, TransactionState::kEmpty, now_ms);
  to.producer_id = producer_id;
  to.next_producer_id = -1;
  to.producer_epoch = epoch;
  to.timeout_ms = timeout_ms;
  to.partitions.clear();
  to.started_ms = -1;
  return to;
}

Transaction with_partitions(const Transaction& from,
                            const std::set<storage::TopicPartition>& partitions,
                            std::int16_t client_version, TimestampMs now_ms) {
  Transaction to = next_step(from, TransactionState::kOngoing, now_ms);
  if (from.state != TransactionState::kOngoing) {
    to.started_ms = now_ms;
    to.partitions.clear();
  }
  to.partitions.insert(partitions.begin(), partitions.end());
  to.client_version = client_version;
  return to;
}

Transaction prepared(const Transaction& from, const Ending& ending, TimestampMs now_ms) {
  const auto state =
      ending.committed ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort;
  Transaction to = next_step(from, state, now_ms);
  // With version 2 a producer may abort what has no partition yet.
  if (from.state != TransactionState::kOngoing) to.started_ms = now_ms;
  to.client_version = ending.client_version;
  to.next_producer_id = ending.next_producer_id;
  if (ending.client_version >= kTransactionsV2 && from.producer_epoch < kLastEpoch) {
    ++to.producer_epoch;
  }
  return to;
}

Transaction completed(const Transaction& from, TimestampMs now_ms) {
  KREEL_ASSERT(from.is_ending(), "only a prepared transaction is completed");
  const auto state = from.state == TransactionState::kPrepareCommit
                         ? TransactionState::kCompleteCommit
                         : TransactionState::kCompleteAbort;
  Transaction to = next_step(from, state, now_ms);
  to.partitions.clear();
  to.next_producer_id = -1;
  if (from.next_producer_id >= 0) {
    to.producer_id = from.next_producer_id;
    to.producer_epoch = 0;
  }
  return to;
}

}  // namespace kreel::coordinator
