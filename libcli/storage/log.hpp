#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "protocol/error_code.hpp"
#include "protocol/record_batch.hpp"
#include "protocol/records.hpp"
#include "storage/aborted_index.hpp"
#include "storage/log_config.hpp"
#include "storage/transaction.hpp"

namespace kreel::storage {

struct TopicPartition {
  std::string topic;
  PartitionId partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
  std::string to_string() const;  ///< "orders-0"
};

/// The offsets of a partition, taken together at one moment.
/// log_start <= last_stable <= high_watermark <= log_end.
struct LogOffsets {
  Offset log_start = 0;
  /// read_committed consumers read below it: the first record of the oldest transaction of which
  /// no marker is below the high watermark, else the high watermark. Never moves back.
  Offset last_stable = 0;
  /// Consumers read below it. flush=commit: everything below is on disk.
  Offset high_watermark = 0;
  Offset log_end = 0;
};

enum class AppendOrigin {
  kClient,       ///< checked as Kafka's leader checks a producer's batch
  kCoordinator,  ///< kreel's own records: offsets are assigned, nothing else is asked
};

struct RecordError {
  std::int32_t batch_index = 0;
  std::string message;
};

struct AppendResult {
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::string error_message;
  std::vector<RecordError> record_errors;
  Offset base_offset = -1;
  Offset last_offset = -1;
  TimestampMs log_append_time_ms = -1;  ///< -1 with CreateTime
  Offset log_start_offset = -1;
  /// One of the producer's last five batches: base_offset is the original's, nothing was written.
  bool duplicate = false;
  /// Not to be acknowledged before Flusher::await_durable says so.
  bool awaits_sync = false;
};

/// One of several batches for Log::append_group().
struct GroupedBatch {
  MutableByteView batch;
  AppendResult result{};
};

enum class Isolation : std::int8_t { kReadUncommitted = 0, kReadCommitted = 1 };

struct ReadOptions {
  Offset from = 0;
  std::size_t max_bytes = 0;
  /// One whole batch even when it is larger than max_bytes.
  bool at_least_one_batch = false;
  Isolation isolation = Isolation::kReadUncommitted;
  /// Read up to the log end instead of the high watermark: a coordinator replaying its own log.
  bool to_log_end = false;
  /// Do not wait for the disk to find the place: for io threads.
  bool without_waiting = false;
};

struct ReadResult {
  /// NONE, OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE or KAFKA_STORAGE_ERROR.
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  LogOffsets offsets;
  /// Whole batches, the first containing `from`; empty when nothing is to be read there yet.
  protocol::Records records;
  /// With kReadCommitted: those that overlap `records`, by first offset; some may begin behind.
  std::vector<AbortedTxn> aborted;
  /// Not in the page cache: sending it would block, so warm() it on another thread first.
  bool cold = false;
  /// With `without_waiting`: nothing was read, since the place is not in memory. A read on another
  /// thread brings it there.
  bool would_wait = false;
};

struct OffsetAtTime {
  Offset offset = -1;
  TimestampMs timestamp = -1;
  LeaderEpoch leader_epoch = -1;
};

/// What one open producer did last; for DescribeProducers and tests.
struct ProducerInfo {
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::int32_t last_sequence = -1;
  TimestampMs last_timestamp = -1;
  std::int32_t coordinator_epoch = -1;
  Offset txn_first_offset = -1;  ///< of its open transaction, else -1
};

class Flusher;
class Log;

/// Told when the high watermark of a log with watch bits moves, and when such a log is deleted or
/// taken offline. Called on the appending or the flushing thread with no lock held; must not block.
class HighWatermarkListener {
 public:
  virtual ~HighWatermarkListener() = default;
  virtual void high_watermark_moved(Log& log) = 0;
};

/// One partition's log in Apache Kafka's on-disk format (storage/FORMAT.md). Thread-safe: appends
/// are serialised by one mutex, readers take an immutable list of segments. Held by shared_ptr;
/// after its topic was deleted every call answers KAFKA_STORAGE_ERROR.
class Log {
 public:
  virtual ~Log() = default;

  virtual const TopicPartition& topic_partition() const = 0;

  /// One bit per io thread on which a fetch waits for this log. Owned by the broker; while it is 0
  /// the listener is not called, which keeps an append without readers cheap.
  std::atomic<std::uint64_t>& watch_bits() { return watch_bits_; }

  /// Checks one record batch, assigns its offsets and timestamps (in place) and writes it. `batch`
  /// may be changed also when the result is an error. The record is not durable yet: see
  /// AppendResult::awaits_sync.
  virtual AppendResult append(MutableByteView batch, AppendOrigin origin) = 0;
  /// Clients' batches, with the results of append() for one after the other, but as few writes as
  /// possible: for many small ones. Of those that share a failed write, none is in the log.
  virtual void append_group(std::span<GroupedBatch> group) = 0;

  /// A client's batch never came to append(), for a reason that will pass: those of its producer
  /// that it sent behind are OUT_OF_ORDER_SEQUENCE_NUMBER, as if its sequence were known.
  virtual void note_refused(const protocol::BatchHeader& header) = 0;

  // Transactions. A client's first batch of one in this partition is appended only with the word of
  // its coordinator; later ones by append(), until a marker ends it (else INVALID_TXN_STATE).

  /// To be called before the coordinator is asked; false when the transaction has records here and
  /// nothing needs to be asked.
  virtual TxnGuard start_verification(const TxnQuestion& question) = 0;
  /// A client's batch, after the coordinator has confirmed that its transaction includes this
  /// partition. Refused when a marker of the producer came in between.
  virtual AppendResult append_verified(MutableByteView batch, TxnGuard guard) = 0;
  /// Ends a transaction here: a COMMIT or ABORT control batch. INVALID_PRODUCER_EPOCH and
  /// TRANSACTION_COORDINATOR_FENCED for one that comes too late. One that would change nothing is a
  /// duplicate: not written, and on disk when all of the log before last_offset is.
  virtual AppendResult append_marker(const MarkerOptions& marker) = 0;

  virtual ReadResult read(const ReadOptions& options) = 0;
  /// Brings what read() called cold into the page cache. Blocks; never on an io thread.
  virtual void warm(const protocol::Records& records) = 0;

  virtual LogOffsets offsets() const = 0;
  virtual LeaderEpoch leader_epoch() const = 0;

  /// First record with timestamp >= `timestamp_ms` below the isolation's bound, with its own
  /// offset. nullopt when there is none.
  virtual Result<std::optional<OffsetAtTime>> find_by_timestamp(TimestampMs timestamp_ms,
                                                                Isolation isolation) = 0;
  /// The record with the largest timestamp (the first of equals) below the isolation's bound;
  /// nullopt when there is none.
  virtual Result<std::optional<OffsetAtTime>> find_max_timestamp(Isolation isolation) = 0;
  /// Largest epoch <= `epoch` and its end offset; (-1, -1) when unknown (OffsetForLeaderEpoch).
  virtual std::pair<LeaderEpoch, Offset> end_offset_for_epoch(LeaderEpoch epoch) const = 0;

  /// Moves the log start up to `offset` (<= high watermark); durable before it returns, files go
  /// later. OFFSET_OUT_OF_RANGE above the high watermark. Blocks on the disk: not on an io thread.
  virtual protocol::ErrorCode delete_records_before(Offset offset) = 0;

  virtual LogConfig config() const = 0;
  virtual void set_config(const LogConfig& config) = 0;
  /// Bytes of all segments.
  virtual std::int64_t size_bytes() const = 0;
  virtual std::vector<ProducerInfo> producers() const = 0;

 private:
  std::atomic<std::uint64_t> watch_bits_{0};
};

}  // namespace kreel::storage
