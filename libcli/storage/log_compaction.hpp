#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "storage/batch_cleaner.hpp"
#include "storage/log_config.hpp"
#include "storage/log_host.hpp"
#include "storage/segment.hpp"

namespace kreel::storage {

/// How much of a log compaction would look at, in Apache Kafka's terms.
struct CompactionNeed {
  Offset first_dirty = 0;
  /// The first segment that is not compacted begins here.
  Offset end = 0;
  std::uint64_t clean_bytes = 0;
  std::uint64_t dirty_bytes = 0;
  /// A record has waited longer than max.compaction.lag.ms.
  bool is_overdue = false;

  double dirty_ratio() const {
    const auto total = static_cast<double>(clean_bytes + dirty_bytes);
    return total > 0 ? static_cast<double>(dirty_bytes) / total : 0;
  }
  bool is_due(double min_ratio) const {
    return dirty_bytes > 0 && (is_overdue || dirty_ratio() > min_ratio);
  }
};

struct CompactionOptions {
  /// Everything below was compacted before: `cleaner-offset-checkpoint`.
  Offset checkpoint = 0;
  TimestampMs now_ms = 0;
  std::size_t map_bytes_max = 0;
  SipKey secret;
  /// Told of bytes that were read or written; may wait, and gives up with false.
  std::function<bool(std::uint64_t bytes)> go_on;
};

struct CompactionOutcome {
  /// Everything below is compacted now; the checkpoint when nothing was done.
  Offset clean_to = 0;
  /// Not all keys had room in the map: the rest takes another pass.
  bool has_more = false;
  CompactionCounts counts;
  std::uint64_t map_bytes_read = 0;
  std::size_t keys = 0;
  std::size_t map_bytes = 0;
};

/// What one pass works on: sealed segments, oldest first, that nobody writes.
struct CompactionInput {
  SegmentList segments;
  Offset first_dirty = 0;
  Offset end = 0;
  LogConfig config;
  LastOfProducers producers;
  /// Of the whole log.
  std::vector<AbortedTxn> aborted;
};

/// One pass over a log: reads the newest offset of each key of its dirty part, then copies what
/// stays, a group of segments at a time, each into a new segment that has no name yet. Changes
/// nothing that readers see. Not thread-safe.
class CompactionPass {
 public:
  using Group = SegmentList;

  CompactionPass(LogContext& context, CompactionInput input, const CompactionOptions& options);

  /// False when it was told to give up.
  Result<bool> map_keys();
  Offset clean_to() const { return mapped_to_; }
  bool has_more() const { return mapped_to_ < input_.end; }
  /// Neighbours that fit into one segment together.
  std::vector<Group> groups() const;
  /// The new segment, its data on disk but not its name; groups in their order. nullptr when all
  /// stays as it is, or it was told to give up. Leaves no file behind then, nor after an error.
  Result<std::shared_ptr<Segment>> copy(const Group& group);
  bool gave_up() const { return gave_up_; }
  /// Removes what copy() has written of it.
  void discard(const Segment& segment);

  CompactionOutcome outcome() const;

 private:
  CompactionTransactions transactions_from(Offset first) const;
  Result<bool> map_segment(Segment& segment);
  Result<bool> map_batch(const protocol::BatchHeader& header, ByteView batch);
  Result<bool> copy_segment(Segment& from, bool is_last, Segment& to);
  Result<void> write_out(Segment& to);
  Result<void> write_aborted(const Segment& to, std::span<const AbortedTxn> kept);
  Result<void> sync_out(Segment& to, bool everything);
  bool may_go_on(std::uint64_t bytes) {
    gave_up_ = gave_up_ || (options_.go_on && !options_.go_on(bytes));
    return !gave_up_;
  }

  LogContext& context_;
  const CompactionInput input_;
  const CompactionOptions& options_;
  OffsetMap newest_;
  Offset mapped_to_;
  bool gave_up_ = false;
  std::uint64_t map_bytes_read_ = 0;
  CompactionTransactions transactions_;
  std::unique_ptr<BatchCleaner> cleaner_;

  // Of the copy at hand.
  Bytes buffer_;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t synced_bytes_ = 0;
};

}  // namespace kreel::storage
