#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/record_batch.hpp"
#include "storage/compaction_transactions.hpp"
#include "storage/offset_map.hpp"

namespace kreel::storage {

/// What the state of a producer rests on when it has to be read from the log.
struct LastOfProducer {
  Offset last_data_offset = -1;  ///< -1: only markers are known of it
  ProducerEpoch epoch = -1;
};
using LastOfProducers = std::unordered_map<ProducerId, LastOfProducer>;

struct CompactionCounts {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t records_read = 0;
  std::uint64_t records_written = 0;
};

/// Decides what stays of a batch, by the rules of Apache Kafka's cleaner: of each key the newest
/// record, a tombstone until its delete horizon (KIP-534), nothing of aborted transactions, a
/// marker while something of its transaction is left and then until its horizon. A batch of which
/// nothing is left stays as an empty one where it is the last of a producer, or of its segment.
/// Called with the batches of a log in their order; not thread-safe.
class BatchCleaner {
 public:
  struct Options {
    OffsetMap& newest;
    /// Records from here on are not in the map and stay.
    Offset mapped_to = 0;
    TimestampMs now_ms = 0;
    std::int64_t delete_retention_ms = 0;
    const LastOfProducers& producers;
  };
  BatchCleaner(const Options& options, CompactionTransactions& transactions)
      : options_(options), transactions_(transactions) {}

  /// Appends what stays of `batch` to `to`. nullopt when that is nothing, else its header.
  Result<std::optional<protocol::BatchHeader>> clean(ByteView batch, bool is_last_of_segment,
                                                     Bytes& to);
  const CompactionCounts& counts() const { return counts_; }
  void start_segment() { has_changed_any_ = false; }
  /// Whether any batch of the segment did not stay as it was.
  bool has_changed_any() const { return has_changed_any_; }

 private:
  Result<void> choose_records(ByteView batch);
  bool stays(const protocol::BatchHeader& header, const protocol::RecordView& record) const;
  bool is_last_of_producer(const protocol::BatchHeader& header) const;

  const Options options_;
  CompactionTransactions& transactions_;
  CompactionCounts counts_;
  bool has_changed_any_ = false;

  // Of the batch at hand.
  protocol::BatchHeader header_;
  std::vector<ByteView> chosen_;
  std::optional<protocol::BatchReader> reader_;  ///< holds what chosen_ points to
  TimestampMs max_timestamp_ = -1;
  bool has_tombstone_ = false;
};

}  // namespace kreel::storage
