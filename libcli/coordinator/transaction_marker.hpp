#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/types.hpp"
#include "protocol/error_code.hpp"
#include "storage/log.hpp"

namespace kreel::coordinator {

/// How far a client's transactions go (Kafka's feature transaction.version).
inline constexpr std::int16_t kTransactionsV0 = 0;
/// Every transaction has an epoch of its own (KIP-890).
inline constexpr std::int16_t kTransactionsV2 = 2;

/// What ends a producer's transaction in a partition: a control batch.
struct TransactionMarker {
  ProducerId producer_id = -1;
  /// With kTransactionsV2 one above that of the transaction's batches.
  ProducerEpoch producer_epoch = -1;
  bool committed = false;
  std::int32_t coordinator_epoch = 0;
  std::int16_t transaction_version = kTransactionsV0;
  bool by_its_coordinator = false;  ///< not by an operator's WriteTxnMarkers
  bool operator==(const TransactionMarker&) const = default;
};

/// How the transaction coordinator reaches the partitions of a transaction, those of
/// __consumer_offsets included. Called on the shard's thread; must not block on the disk. Callbacks
/// come exactly once, on the same thread, inside the call or later.
class MarkerWriter {
 public:
  using Done = std::function<void(protocol::ErrorCode)>;
  using Written = std::function<void(std::vector<protocol::ErrorCode>)>;

  virtual ~MarkerWriter() = default;

  /// Brings what these partitions hold to the disk, in every flush mode: a transaction whose commit
  /// outlives its records would be torn.
  virtual void make_durable(std::vector<storage::TopicPartition> partitions, Done done) = 0;

  /// Appends the marker to each partition, those of records before those of __consumer_offsets, and
  /// says for each, in order, whether it is on disk (in every flush mode) or why it never will be.
  /// NONE also for a partition that has had this marker before.
  virtual void write(const TransactionMarker& marker,
                     std::vector<storage::TopicPartition> partitions, Written done) = 0;
};

}  // namespace kreel::coordinator
