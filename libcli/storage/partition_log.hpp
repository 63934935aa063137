#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/published.hpp"
#include "base/uuid.hpp"
#include "protocol/record_validation.hpp"
#include "storage/leader_epochs.hpp"
#include "storage/log.hpp"
#include "storage/log_compaction.hpp"
#include "storage/log_host.hpp"
#include "storage/mark_file.hpp"
#include "storage/producer_state.hpp"
#include "storage/segment.hpp"
#include "storage/txn_verification.hpp"

namespace kreel::storage {

/// A place between two records: byte `position` of the segment with this base offset.
struct LogPosition {
  Offset offset = 0;
  Offset segment = 0;
  std::uint64_t position = 0;
};

/// Where damage begins that must not be cut off: the log is served up to it and never written.
struct DamagePoint {
  LogPosition at;
  std::string reason;
};

/// What recovery found; a partition without files has no segments.
struct LogState {
  SegmentList segments;
  LogPosition end;
  Offset log_start = 0;
  ProducerState producers;
  /// What a file of kreel's own knows of them: all before this offset.
  Offset producers_saved_to = 0;
  LeaderEpochs epochs;
  std::optional<DamagePoint> damage;
  bool directory_exists = false;
};

/// What one sync() did.
struct SyncOutcome {
  bool failed = false;
  /// Not due yet (flush.ms), or the disk is full: to be called again.
  bool again = false;
  std::optional<KeyedMark> mark;
};

struct CompactionRecord;

/// The Log of a data directory. Five locks, taken in this order and none twice: `compaction_mutex_`
/// (one compaction at a time; held through all of it), `sealed_mutex_` (who removes or replaces
/// sealed segments), `sync_mutex_` (one sync, roll by retention or removal at a time),
/// `append_mutex_` (the writer), `state_mutex_` (positions; never held over a system call).
class PartitionLog final : public Log, public std::enable_shared_from_this<PartitionLog> {
 public:
  PartitionLog(LogContext& context, TopicPartition partition, const Uuid& topic_id,
               const LogConfig& config, LogState state);

  // Log.
  const TopicPartition& topic_partition() const override { return partition_; }
  AppendResult append(MutableByteView batch, AppendOrigin origin) override;
  void append_group(std::span<GroupedBatch> group) override;
  void note_refused(const protocol::BatchHeader& header) override;
  TxnGuard start_verification(const TxnQuestion& question) override;
  AppendResult append_verified(MutableByteView batch, TxnGuard guard) override;
  AppendResult append_marker(const MarkerOptions& marker) override;
  ReadResult read(const ReadOptions& options) override;
  void warm(const protocol::Records& records) override;
  LogOffsets offsets() const override;
  LeaderEpoch leader_epoch() const override;
  Result<std::optional<OffsetAtTime>> find_by_timestamp(TimestampMs timestamp_ms,
                                                        Isolation isolation) override;
  Result<std::optional<OffsetAtTime>> find_max_timestamp(Isolation isolation) override;
  std::pair<LeaderEpoch, Offset> end_offset_for_epoch(LeaderEpoch epoch) const override;
  protocol::ErrorCode delete_records_before(Offset offset) override;
  LogConfig config() const override { return *config_.get(); }
  void set_config(const LogConfig& config) override;
  std::int64_t size_bytes() const override;
  std::vector<ProducerInfo> producers() const override;

  // For the flusher and the manager. All of these block on the disk.

  /// Brings what the flush policy asks for onto the disk, finishes rolls, prepares the next
  /// segment. After a failure the log is offline.
  SyncOutcome sync();
  /// Asks for a sync where recovery has left something to be written.
  void ask_for_service();
  /// Syncs everything whatever the policy; for a clean stop and for recovery points.
  SyncOutcome sync_all();
  /// Has the next sync() bring everything to the disk, whatever the policy, unless all below
  /// `end_offset` is there. Does not block.
  void demand_sync(Offset end_offset);
  /// Below this, at most `end_offset`, everything is to be on disk before it is acknowledged.
  Offset acked_from_disk(Offset end_offset) const;
  /// Everything below is on disk.
  Offset durable_end() const { return durable_offset_.load(std::memory_order_acquire); }
  bool is_offline() const { return offline_.load(std::memory_order_acquire); }
  /// Whether the host has to hold this log in its queue: set by the log, taken by sync().
  bool wants_sync() const { return wants_sync_.load(std::memory_order_acquire); }

  struct RetentionOptions {
    bool by_time = true;  ///< false while the wall clock is not trusted
  };
  /// Removes segments that the topic's settings no longer keep, oldest first.
  Result<void> apply_retention(RetentionOptions options);
  void expire_producers(std::int64_t expiration_ms);
  /// What compaction would look at, when everything below `checkpoint` was compacted before.
  Result<CompactionNeed> compaction_need(Offset checkpoint, TimestampMs now_ms) const;
  /// One pass, as far as there is room for keys. Appends, reads, syncs and retention go on
  /// meanwhile. After an error the log is as before, or as after, or offline.
  Result<CompactionOutcome> compact(const CompactionOptions& options);
  /// Indexes, producer snapshots and the epochs' file, as a clean stop leaves them.
  Result<void> write_derived_files();
  /// Takes the log out of service: every later call answers KAFKA_STORAGE_ERROR.
  void retire();

  const Uuid& topic_id() const { return topic_id_; }
  const std::string& directory() const { return directory_; }
  bool has_files() const;
  std::optional<DamagePoint> damage() const { return damage_; }
  /// Base offsets of the segments, for tests and tools.
  std::vector<Offset> segment_base_offsets() const;

 private:
  static constexpr auto kNoTxn = std::numeric_limits<Offset>::max();

  struct Snapshot {  // the state's parts that a reader needs, taken together
    std::shared_ptr<const SegmentList> segments;
    LogPosition limit;
    LogOffsets offsets;
  };
  struct PendingSnapshot {
    Offset offset;
    ProducerState state;
    bool is_roll;
  };

  // partition_log.cpp
  Snapshot snapshot(bool to_log_end) const;
  LogOffsets offsets_locked() const;
  void take_offline(const Error& error);
  void notify_watchers();
  bool commits() const { return context_.flush.mode == FlushMode::kCommit && !context_.ephemeral; }

  // partition_log_append.cpp
  struct Appending {  // one batch on its way into the log
    protocol::BatchHeader header;
    MutableByteView batch;
    AppendOrigin origin = AppendOrigin::kClient;
    TxnGuard guard;
    std::optional<protocol::EndTxnMarker> marker;
    std::int8_t transaction_version = 0;
    bool by_its_coordinator = false;
    std::optional<Bytes> rebuilt{};  // what `batch` shows then
    AppendResult* result = nullptr;
  };
  AppendResult append_client(MutableByteView batch, TxnGuard guard);
  AppendResult append_own(MutableByteView batch, const MarkerOptions& marker);
  protocol::ValidationOptions validation_options(const LogConfig& config);
  static bool prepare_client(GroupedBatch& one, const protocol::ValidationOptions& options,
                             Appending& appending);
  void append_checked(std::span<Appending> group, const LogConfig& config);
  std::size_t append_run(std::span<Appending> group, const LogConfig& config);
  bool may_append(const Appending& appending, const LogConfig& config);
  void append_ended(std::span<GroupedBatch> group, const LogConfig& config);
  void assign(Appending& appending, Offset base_offset) const;
  bool producer_may_append(const Appending& appending, const LogConfig& config,
                           AppendResult& result);
  bool client_may_append(const Appending& appending, const LogConfig& config,
                         AppendResult& result) const;
  Result<void> write_run(const Appending& first, ByteView bytes, const LogConfig& config);
  Result<void> make_room_for(const Appending& appending, const LogConfig& config);
  bool must_roll(const Appending& appending, std::uint64_t position, const LogConfig& config) const;
  Result<void> create_first_segment();
  Result<void> roll();
  Result<void> write(ByteView batch);
  void publish(std::span<const Appending> run, const LogConfig& config);
  std::optional<CompletedTxn> note_producer(const Appending& appending);
  void ask_for_sync(const LogConfig& config);
  bool flush_is_due_by_size(const LogConfig& config);
  TimestampMs append_time();

  // partition_log_group.cpp
  std::size_t assign_joining(std::span<Appending> group, const LogConfig& config) const;
  static Bytes gather(std::span<const Appending> run);

  // partition_log_txn.cpp
  bool transaction_may_append(const Appending& appending, AppendResult& result) const;
  bool marker_may_append(const Appending& appending, AppendResult& result);
  Offset last_stable_locked() const;
  void settle_transactions();

  // partition_log_read.cpp
  Result<protocol::Records> slice(const Snapshot& snapshot, std::size_t segment_index,
                                  const ReadOptions& options, ReadResult& result, Offset& end);
  static bool has_aborted_before(const Snapshot& snapshot, std::size_t segment_index, Offset to);
  static std::vector<AbortedTxn> aborted_in(const Snapshot& snapshot, std::size_t segment_index,
                                            Offset from, Offset to);
  bool is_recent(const Segment& segment, std::uint64_t position) const;

  // partition_log_times.cpp
  static Result<TimestampMs> largest_below(Segment& segment, std::uint64_t limit, Offset log_start,
                                           Offset bound);
  Result<std::optional<OffsetAtTime>> find_in_segment(Segment& segment, std::uint64_t limit,
                                                      TimestampMs timestamp_ms,
                                                      const LogOffsets& offsets, Offset bound);

  // partition_log_sync.cpp
  void take_request();
  SyncOutcome sync_locked(bool everything);
  Result<LogPosition> sync_files(const SegmentList& segments, const LogPosition& from,
                                 const LogPosition& target, bool everything);
  Result<void> sync_segment(Segment& segment, std::uint64_t size_bytes);
  Result<void> sync_directory_of(const std::string& path);
  Result<void> finish_first_files();
  Result<void> make_first_files();
  SyncOutcome fail_sync(const Error& error);
  SyncOutcome wait_for_space();
  void do_service();
  Result<void> write_aborted();
  Result<void> write_snapshot(const PendingSnapshot& pending);
  void prepare_next_segment();

  // partition_log_retention.cpp
  Result<std::size_t> count_expired(const SegmentList& segments, const LogConfig& config,
                                    RetentionOptions options) const;
  Result<bool> is_expired(Segment& segment, const LogConfig& config) const;
  Result<bool> roll_when_still(const SegmentList& segments);
  Result<void> remove_segments(std::size_t count);
  Result<void> raise_log_start(Offset log_start);

  // partition_log_compaction.cpp
  Offset compactable_end() const;
  LastOfProducers last_of_producers() const;
  Result<void> prove_durable();
  bool has_segments(const SegmentList& segments) const;
  Result<bool> replace(const SegmentList& old, const std::shared_ptr<Segment>& fresh);
  Result<void> finish_replacement(const CompactionRecord& record, Segment& fresh);

  LogContext& context_;
  const TopicPartition partition_;
  const Uuid topic_id_;
  const MarkKey mark_key_;
  const std::string directory_;
  Published<LogConfig> config_;
  const std::optional<DamagePoint> damage_;

  std::mutex compaction_mutex_;
  std::mutex sealed_mutex_;
  std::mutex sync_mutex_;
  bool first_files_are_done_ = false;
  struct SavedProducers {  // a file of kreel's that this process wrote
    Offset offset;
    bool is_roll;
  };
  std::vector<SavedProducers> saved_producers_;

  mutable std::mutex append_mutex_;
  ProducerState producers_;
  TxnVerification verification_;
  LeaderEpochs epochs_;
  TimestampMs active_created_ms_ = 0;
  std::uint64_t bytes_since_producer_save_ = 0;
  std::int64_t next_file_number_ = 0;
  std::vector<PendingSnapshot> pending_snapshots_;
  std::shared_ptr<fs::File> spare_file_;
  std::string spare_name_;

  mutable std::mutex state_mutex_;
  std::shared_ptr<const SegmentList> segments_;
  LogPosition end_;
  LogPosition durable_;
  LogPosition high_watermark_;
  Offset first_open_ = kNoTxn;  // of the transactions without a marker
  /// Ended, but the marker is not below the high watermark: in the order of the markers.
  std::deque<CompletedTxn> unsettled_;
  Offset first_unsettled_ = kNoTxn;
  std::uint64_t written_here_from_ = 0;  // in the active segment: bytes that this process wrote

  std::atomic<Offset> log_start_{0};  // written with the state lock held
  std::atomic<Offset> durable_offset_{0};
  std::atomic<Offset> producers_saved_to_{0};  // by a file of kreel's own
  std::atomic<TimestampMs> last_append_time_ms_{-1};
  std::atomic<std::uint64_t> unsynced_bytes_{0};
  std::atomic<bool> offline_{false};
  std::atomic<bool> retired_{false};
  std::atomic<bool> wants_sync_{false};
  std::atomic<std::int64_t> wanted_since_ms_{0};
  std::atomic<bool> soon_was_asked_{false};
  std::atomic<bool> flush_now_{false};
  std::atomic<Offset> flush_messages_end_{0};  // flush.messages wants a sync of all below
  std::atomic<bool> needs_service_{false};     // names, directories or snapshots wait for sync()
};

}  // namespace kreel::storage
