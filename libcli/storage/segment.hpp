#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "fs/file_system.hpp"
#include "protocol/record_batch.hpp"
#include "storage/aborted_index.hpp"
#include "storage/handle_cache.hpp"
#include "storage/sparse_index.hpp"

namespace kreel::storage {

/// What the timestamps of a segment's batches say; -1 where there are none.
struct SegmentTimes {
  TimestampMs first = -1;  ///< largest of the first batch: when rolling by time starts to count
  TimestampMs max = -1;
  Offset max_offset = -1;  ///< last offset of the first batch that has `max`
};

/// One .log file and its indexes (storage/FORMAT.md). The active segment grows under its log's
/// append lock; everything else is thread-safe. Held by shared_ptr.
class Segment : public std::enable_shared_from_this<Segment> {
 public:
  Segment(fs::FileSystem& fs, HandleCache& handles, std::string directory, Offset base_offset)
      : fs_(fs), handles_(handles), directory_(std::move(directory)), base_offset_(base_offset) {}

  Offset base_offset() const { return base_offset_; }
  const std::string& directory() const { return directory_; }
  std::string path(std::string_view suffix) const;

  // The file.

  /// Makes an empty file; with a temporary name until take_its_name().
  Result<void> create(std::string temporary_name);
  /// Takes over a file that was prepared under `temporary_name`.
  void adopt(std::shared_ptr<fs::File> file, std::string temporary_name);
  bool has_temporary_name() const;
  /// Renames the file to its own name; nothing to do when it has it.
  Result<void> take_its_name();
  /// The open file; opens it again when it was closed to save descriptors.
  Result<std::shared_ptr<fs::File>> file();
  bool is_open() const;
  /// Whether a reader can begin without the disk: the file is open and the index in memory.
  bool is_at_hand() const { return is_open() && index_in_memory_.load(); }

  std::uint64_t size_bytes() const { return size_.load(std::memory_order_acquire); }
  void set_size_bytes(std::uint64_t size) { size_.store(size, std::memory_order_release); }
  /// Bytes that a sync has covered.
  std::uint64_t synced_bytes() const { return synced_.load(std::memory_order_acquire); }
  void set_synced_bytes(std::uint64_t size) { synced_.store(size, std::memory_order_release); }

  // Indexes.

  /// Counts a batch in: timestamps always, an index entry every `index_interval_bytes`.
  void note_batch(const protocol::BatchHeader& header, std::uint64_t position,
                  std::int32_t index_interval_bytes);
  /// No more batches come: the time index gets its last entry.
  void seal();
  /// As Kafka does when it closes a log: the time index ends with the newest time of the segment.
  void end_time_index();
  bool is_sealed() const { return sealed_.load(std::memory_order_acquire); }
  struct Fill {
    bool index_is_full = false;  ///< segment.index.bytes leave no room for another entry
    TimestampMs first_timestamp = -1;
  };
  Fill fill(std::int32_t segment_index_bytes) const;

  /// A position from which a walk finds the batch that contains `offset`.
  Result<std::uint64_t> position_before(Offset offset);
  /// The last known start of a batch at or before `position`; 0 is always one.
  Result<std::uint64_t> batch_start_before(std::uint64_t position);
  /// An offset from which a walk finds the first record with a timestamp >= `timestamp_ms`.
  Result<Offset> offset_before_time(TimestampMs timestamp_ms);
  Result<SegmentTimes> times();

  /// Appends what the files lack. With `sync` they are on disk afterwards.
  Result<void> write_indexes(bool sync);
  std::size_t pending_index_entries() const;
  /// Reads the index files of the active segment, keeps the entries below `trusted_bytes` and
  /// counts on from there. Returns the position from which note_batch() must be called again.
  Result<std::uint64_t> load_indexes_below(std::uint64_t trusted_bytes);
  /// Marks a sealed segment that was found on disk: its indexes are read when they are needed.
  void expect_indexes_on_disk();
  /// They have sent a reader astray: builds them anew from the log.
  Result<void> forget_indexes();

  // Aborted transactions (.txnindex): those whose markers are in this segment. In memory always.

  void add_aborted(const AbortedTxn& aborted);
  /// Takes over what was found; the file has them too, and nothing else, when it is `on_disk`.
  void set_aborted(std::vector<AbortedTxn> entries, bool on_disk);
  std::vector<AbortedTxn> aborted() const;
  bool aborted_is_written() const;
  /// Where the first of them begins; the largest offset when there is none.
  Offset aborted_from() const { return aborted_from_.load(); }
  /// Adds those that overlap [from, to); false when no later segment can have more.
  bool collect_aborted(Offset from, Offset to, std::vector<AbortedTxn>& found) const;
  /// Brings the file up to date; also one without entries, for that one is missing is to mean that
  /// nobody knows.
  Result<void> write_aborted(bool sync);

  /// Keeps the file open and the indexes in memory: what has its names is about to become another
  /// segment, and those who read this one go on. Until release(), or for the rest of its life.
  Result<void> hold();
  void release() { held_.store(false); }

  // For HandleCache.

  /// Closes the file and drops a loaded index unless they were used since the last call or are
  /// needed. True when nothing is held any more.
  bool try_close();
  std::size_t loaded_index_bytes() const;

 private:
  Result<void> load_sealed_index();
  Result<void> rebuild_indexes();
  Result<std::shared_ptr<fs::File>> file_for_indexes();
  Result<TimeIndex> read_time_index();
  std::uint64_t entry_position(const OffsetEntry* entry) const;
  bool indexes_are_written() const;

  fs::FileSystem& fs_;
  HandleCache& handles_;
  const std::string directory_;
  const Offset base_offset_;

  mutable std::mutex file_mutex_;  // file_, temporary_name_
  std::shared_ptr<fs::File> file_;
  std::string temporary_name_;
  std::atomic<bool> used_{false};
  std::atomic<bool> held_{false};
  std::atomic<bool> sealed_{false};
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> synced_{0};

  mutable std::mutex index_mutex_;  // all below; before file_mutex_
  OffsetIndex offsets_;
  TimeIndex timestamps_;
  std::atomic<bool> index_in_memory_{true};  // false: sealed and not loaded
  bool times_known_ = true;
  SegmentTimes times_;
  std::uint64_t bytes_since_entry_ = 0;
  std::size_t offsets_written_ = 0;
  std::size_t timestamps_written_ = 0;
  bool files_exist_ = false;
  bool index_sync_is_due_ = false;

  std::vector<AbortedTxn> aborted_;
  std::size_t aborted_written_ = 0;
  bool aborted_file_is_right_ = false;
  bool aborted_sync_is_due_ = false;
  /// Where the first of them begins: most reads need not look further.
  std::atomic<Offset> aborted_from_{std::numeric_limits<Offset>::max()};
};

/// An index file's bytes from `position` on, and its end behind them.
Result<void> write_entries(fs::FileSystem& fs, const std::string& path, std::size_t position,
                           const Bytes& bytes, bool sync);

using SegmentList = std::vector<std::shared_ptr<Segment>>;

}  // namespace kreel::storage
