#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/types.hpp"
#include "protocol/control_record.hpp"
#include "protocol/error_code.hpp"
#include "protocol/record_batch.hpp"
#include "storage/aborted_index.hpp"
#include "storage/limits.hpp"
#include "storage/transaction.hpp"

namespace kreel::storage {

/// What is remembered of one batch of an idempotent producer.
struct ProducerBatch {
  std::int32_t first_sequence = -1;
  std::int32_t last_sequence = -1;
  Offset first_offset = -1;
  Offset last_offset = -1;
  TimestampMs timestamp = -1;
  bool operator==(const ProducerBatch&) const = default;
};

/// One idempotent producer in one partition: its epoch and its last batches, oldest first.
class ProducerEntry {
 public:
  ProducerEpoch epoch = -1;
  TimestampMs last_append_ms = -1;  ///< wall time here; a client's timestamps may be -1
  TimestampMs last_timestamp = -1;  ///< of its newest batch or marker
  std::int32_t coordinator_epoch = -1;
  Offset txn_first_offset = -1;  ///< of its open transaction, else -1

  bool has_open_txn() const { return txn_first_offset >= 0; }

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const ProducerBatch& operator[](std::size_t i) const { return batches_[i]; }
  const ProducerBatch& back() const { return batches_[count_ - 1]; }
  void clear() { count_ = 0; }
  /// Forgets the oldest when there are kBatchesPerProducer.
  void add(const ProducerBatch& batch);
  bool operator==(const ProducerEntry& other) const;

 private:
  std::array<ProducerBatch, kBatchesPerProducer> batches_;
  std::size_t count_ = 0;
};

enum class SequenceVerdict {
  kInOrder,     ///< append it
  kDuplicate,   ///< one of the last batches again
  kOutOfOrder,  ///< OUT_OF_ORDER_SEQUENCE_NUMBER
  kStaleEpoch   ///< INVALID_PRODUCER_EPOCH
};

struct SequenceCheck {
  SequenceVerdict verdict = SequenceVerdict::kInOrder;
  /// With kDuplicate: the batch as it was appended.
  ProducerBatch original;
};

/// A transaction that a marker has ended.
struct CompletedTxn {
  Offset first_offset = -1;
  Offset last_offset = -1;  ///< the marker's
  /// Set when it was aborted.
  std::optional<AbortedTxn> aborted;
};

/// The idempotent producers of one partition (KIP-98), and which of them have a transaction open.
/// Not thread-safe: under the append lock.
class ProducerState {
 public:
  /// Whether a producer's batch follows what it sent before. Any sequence is right for a producer
  /// that is not known (Kafka since 2.4): it has expired. Its records may be gone before that.
  SequenceCheck check(const protocol::BatchHeader& header) const;
  /// Counts in a batch of data that was appended, its offsets assigned.
  void record(const protocol::BatchHeader& header, TimestampMs now_ms);
  /// A client's batch was refused for a reason that will pass. Of a producer that is not known,
  /// what it sent behind is out of order until the batch is here: librdkafka takes the success of a
  /// later batch for that of all before it.
  void note_refused(const protocol::BatchHeader& header, TimestampMs now_ms);

  /// NONE, INVALID_PRODUCER_EPOCH or TRANSACTION_COORDINATOR_FENCED. With transaction version 2 a
  /// marker that repeats the last one is no error (KAFKA-19999).
  protocol::ErrorCode check_marker(const MarkerOptions& marker) const;
  /// Counts in a control batch that was appended. nullopt when its producer had nothing open here.
  std::optional<CompletedTxn> end_transaction(const protocol::BatchHeader& header,
                                              const protocol::EndTxnMarker& marker,
                                              TimestampMs now_ms);
  /// nullptr when it is not known.
  const ProducerEntry* find(ProducerId id) const;
  /// Whether the batch continues a transaction that has records here already.
  bool continues_transaction(const protocol::BatchHeader& header) const;
  /// Where the oldest open transaction begins.
  std::optional<Offset> first_open_offset() const;

  /// Forgets producers that appended nothing for `expiration_ms` and have no transaction open.
  void expire(TimestampMs now_ms, std::int64_t expiration_ms);

  bool empty() const { return producers_.empty(); }
  const std::unordered_map<ProducerId, ProducerEntry>& producers() const { return producers_; }
  void restore(ProducerId id, const ProducerEntry& entry);
  void clear();

 private:
  ProducerEntry& entry_of(ProducerId id);
  void make_room();
  bool follows_refused(const protocol::BatchHeader& header) const;

  struct Refused {  // the first batch that is still to come
    ProducerEpoch epoch = -1;
    std::int32_t sequence = -1;
    TimestampMs at_ms = -1;
  };

  std::unordered_map<ProducerId, ProducerEntry> producers_;
  std::unordered_map<ProducerId, Refused> refused_;  // of producers that are not known
  std::map<Offset, ProducerId> open_;                // transactions by their first offsets
};

/// The sequence number of the last record; it wraps from 2^31 - 1 to 0.
std::int32_t last_sequence(const protocol::BatchHeader& header);
/// Whether a producer's batch is the one after `before`, which is its newest.
bool continues(const protocol::BatchHeader& before, const protocol::BatchHeader& header);

}  // namespace kreel::storage
