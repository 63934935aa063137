#pragma once

#include <cstdint>

#include "base/types.hpp"

namespace kreel::storage {

/// What a coordinator says of the transaction that its marker ends.
struct MarkerOptions {
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::int32_t coordinator_epoch = 0;
  bool committed = false;
  /// From 2 on (KIP-890) a marker's epoch is one higher than that of the transaction's records.
  std::int8_t transaction_version = 0;
  /// Of this node's coordinator, the only one there is: its epoch cannot be an old one, whatever an
  /// operator's marker has named.
  bool by_its_coordinator = false;
};

/// Stands for one question to the coordinator: whether a producer's transaction includes a
/// partition (KIP-890). Void once a marker of that producer is in the partition's log.
struct TxnGuard {
  std::uint64_t id = 0;  ///< 0: the coordinator was not asked
  explicit operator bool() const { return id != 0; }
};

/// What the question is about.
struct TxnQuestion {
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::int32_t base_sequence = -1;
  /// The client raises its epoch with each transaction, so the first batch has sequence 0.
  bool epoch_per_transaction = false;
};

}  // namespace kreel::storage
