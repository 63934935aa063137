#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/types.hpp"
#include "coordinator/transaction_marker.hpp"
#include "storage/log.hpp"

namespace kreel::coordinator {

/// Kafka's numbers, as records have them. kDead and kPrepareEpochFence are never written.
enum class TransactionState : std::int8_t {
  kEmpty = 0,
  kOngoing = 1,
  kPrepareCommit = 2,
  kPrepareAbort = 3,
  kCompleteCommit = 4,
  kCompleteAbort = 5,
  kDead = 6,
  kPrepareEpochFence = 7,
};

/// "CompleteCommit": what operators read and filter by.
std::string_view to_string(TransactionState state);
std::optional<TransactionState> transaction_state(std::string_view name);

/// The largest epoch is kept for fencing whoever has this one.
inline constexpr ProducerEpoch kLastClientEpoch = 32'766;
bool is_exhausted(ProducerEpoch epoch);

/// What the records of __transaction_state say of one transactional id.
struct Transaction {
  ProducerId producer_id = -1;
  ProducerId previous_producer_id = -1;
  /// Of the transaction that ends, when epochs run out with it: the id of the next one.
  ProducerId next_producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::int32_t timeout_ms = 0;
  TransactionState state = TransactionState::kEmpty;
  std::set<storage::TopicPartition> partitions;
  TimestampMs started_ms = -1;
  TimestampMs updated_ms = -1;
  std::int16_t client_version = kTransactionsV0;

  /// PREPARE is written, COMPLETE is not: the markers are due.
  bool is_ending() const {
    return state == TransactionState::kPrepareCommit || state == TransactionState::kPrepareAbort;
  }
  bool is_open() const { return state == TransactionState::kOngoing || is_ending(); }
  bool operator==(const Transaction&) const = default;
};

// The steps of a transaction. Each gives what has to be written next and changes nothing.

/// After InitProducerId: `epoch` of `producer_id`, nothing under way.
Transaction initialized(const Transaction& from, ProducerId producer_id, ProducerEpoch epoch,
                        std::int32_t timeout_ms, TimestampMs now_ms);

/// More partitions; the first ones begin the transaction.
Transaction with_partitions(const Transaction& from,
                            const std::set<storage::TopicPartition>& partitions,
                            std::int16_t client_version, TimestampMs now_ms);

struct Ending {
  bool committed = false;
  /// kTransactionsV2 raises the epoch, so that nothing of this transaction reaches the next one.
  std::int16_t client_version = kTransactionsV0;
  /// Where the epoch was the last one that a client may have; else -1.
  ProducerId next_producer_id = -1;
};
/// PREPARE.
Transaction prepared(const Transaction& from, const Ending& ending, TimestampMs now_ms);
/// COMPLETE.
Transaction completed(const Transaction& from, TimestampMs now_ms);

}  // namespace kreel::coordinator
