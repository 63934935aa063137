#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "base/assert.hpp"
#include "base/planted_bug.hpp"
#include "fs/system_error.hpp"
#include "protocol/record_validation.hpp"
#include "storage/names.hpp"
#include "storage/partition_log.hpp"

// The append path. One lock, one write; what the disk has to do besides (names, directories, syncs)
// is left to sync(), which the flusher calls.

namespace kreel::storage {
namespace {

using protocol::ErrorCode;

constexpr auto kPositionMax = static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());

void refuse(AppendResult& result, ErrorCode error, std::string message) {
  result.error = error;
  result.error_message = std::move(message);
}

void refuse_stale(const protocol::BatchHeader& header, AppendResult& result) {
  refuse(result, ErrorCode::INVALID_PRODUCER_EPOCH,
         fmt::format("epoch {} of producer {} is older than its newest", header.producer_epoch,
                     header.producer_id));
}

void copy_errors(protocol::ValidationResult& from, AppendResult& to) {
  refuse(to, from.error, std::move(from.message));
  to.record_errors.reserve(from.record_errors.size());
  for (auto& record : from.record_errors) {
    to.record_errors.push_back({record.index, std::move(record.message)});
  }
}

std::string next_name(std::int64_t number) {
  return fmt::format("{}{}", kNextPrefix, number);
}

}  // namespace

AppendResult PartitionLog::append(MutableByteView batch, AppendOrigin origin) {
  return origin == AppendOrigin::kClient ? append_client(batch, {}) : append_own(batch, {});
}

void PartitionLog::note_refused(const protocol::BatchHeader& header) {
  if (header.producer_id < 0) return;
  const std::lock_guard lock(append_mutex_);
  producers_.note_refused(header, context_.clock.wall_ms());
}

AppendResult PartitionLog::append_verified(MutableByteView batch, TxnGuard guard) {
  return append_client(batch, guard);
}

AppendResult PartitionLog::append_marker(const MarkerOptions& marker) {
  auto batch =
      protocol::build_end_txn_marker(marker.producer_id, marker.producer_epoch,
                                     {marker.committed, marker.coordinator_epoch}, append_time());
  return append_own(batch, marker);
}

AppendResult PartitionLog::append_client(MutableByteView batch, TxnGuard guard) {
  GroupedBatch one{batch};
  const auto config = config_.get();
  Appending appending;
  appending.guard = guard;
  if (prepare_client(one, validation_options(*config), appending)) {
    append_checked({&appending, 1}, *config);
    append_ended({&one, 1}, *config);
  }
  return std::move(one.result);
}

/// False when its result says why it is not appended.
bool PartitionLog::prepare_client(GroupedBatch& one, const protocol::ValidationOptions& options,
                                  Appending& appending) {
  auto checked = protocol::validate_client_batch(one.batch, options);
  if (!checked.ok()) {
    copy_errors(checked, one.result);
    return false;
  }
  if (checked.header.is_transactional() && checked.header.producer_id < 0) {
    refuse(one.result, ErrorCode::INVALID_RECORD, "a transactional batch without a producer id");
    return false;
  }
  appending.header = checked.header;
  appending.rebuilt = std::move(checked.rebuilt);
  appending.batch = appending.rebuilt ? MutableByteView(*appending.rebuilt) : one.batch;
  appending.result = &one.result;
  return true;
}

/// One batch of a coordinator: data, or a marker.
AppendResult PartitionLog::append_own(MutableByteView batch, const MarkerOptions& marker) {
  GroupedBatch one{batch};
  const auto config = config_.get();
  const auto header = protocol::read_batch_header(batch);
  KREEL_ASSERT(header && header->size_bytes() == batch.size(), "a coordinator appends one batch");
  Appending appending;
  appending.header = *header;
  appending.batch = batch;
  appending.origin = AppendOrigin::kCoordinator;
  appending.transaction_version = marker.transaction_version;
  appending.by_its_coordinator = marker.by_its_coordinator;
  if (header->is_control()) {
    appending.marker = protocol::read_end_txn_marker(batch);
    KREEL_ASSERT(appending.marker, "a coordinator's control batch is a marker");
  }
  appending.result = &one.result;
  append_checked({&appending, 1}, *config);
  append_ended({&one, 1}, *config);
  return std::move(one.result);
}

/// With no lock held.
void PartitionLog::append_ended(std::span<GroupedBatch> group, const LogConfig& config) {
  const bool wrote = std::ranges::any_of(group, [](const GroupedBatch& one) {
    return one.result.error == ErrorCode::NONE && !one.result.duplicate;
  });
  if (wrote) {
    ask_for_sync(config);
    if (!commits()) notify_watchers();
  }
  for (auto& [batch, result] : group) {
    if (result.error != ErrorCode::NONE) continue;
    result.awaits_sync = durable_end() < acked_from_disk(result.last_offset + 1);
  }
}

Offset PartitionLog::acked_from_disk(Offset end_offset) const {
  return commits() ? end_offset
                   : std::min(end_offset, flush_messages_end_.load(std::memory_order_acquire));
}

protocol::ValidationOptions PartitionLog::validation_options(const LogConfig& config) {
  protocol::ValidationOptions options;
  options.now_ms = append_time();
  options.max_message_bytes = static_cast<std::size_t>(std::max(config.max_message_bytes, 0));
  options.timestamp_type = config.timestamp_type;
  options.timestamp_before_max_ms = config.timestamp_before_max_ms;
  options.timestamp_after_max_ms = config.timestamp_after_max_ms;
  options.compacted_topic = config.cleanup_compact;
  if (!config.keep_producer_compression) options.target_compression = config.compression;
  options.gzip_level = config.gzip_level;
  options.lz4_level = config.lz4_level;
  options.zstd_level = config.zstd_level;
  options.validate_records = config.validate_records;
  return options;
}

/// The wall clock, kept from going back: LogAppendTime never does in a partition.
TimestampMs PartitionLog::append_time() {
  const auto now = context_.clock.wall_ms();
  auto last = last_append_time_ms_.load(std::memory_order_relaxed);
  while (last < now && !last_append_time_ms_.compare_exchange_weak(last, now)) continue;
  return std::max(last, now);
}

void PartitionLog::append_checked(std::span<Appending> group, const LogConfig& config) {
  const std::lock_guard lock(append_mutex_);
  while (!group.empty()) group = group.subspan(append_run(group, config));
}

/// With the append lock held: the first batch and those that one write can take with it. Returns of
/// how many the results are known.
std::size_t PartitionLog::append_run(std::span<Appending> group, const LogConfig& config) {
  if (!may_append(group.front(), config)) return 1;
  assign(group.front(), end_.offset);
  const auto run = group.first(group.size() == 1 ? 1 : assign_joining(group, config));
  const auto gathered = run.size() == 1 ? Bytes{} : gather(run);
  const auto bytes = run.size() == 1 ? ByteView(run.front().batch) : ByteView(gathered);

  // File and memory change together: without memory the process ends, as by kill -9.
  const auto written = [&]() noexcept {
    auto outcome = write_run(run.front(), bytes, config);
    if (outcome) publish(run, config);
    return outcome;
  }();
  for (Appending& one : run) {
    if (!written) {
      if (one.header.producer_id >= 0) {
        producers_.note_refused(one.header, context_.clock.wall_ms());
      }
      refuse(*one.result, ErrorCode::KAFKA_STORAGE_ERROR, written.error().message());
      continue;
    }
    one.result->base_offset = one.header.base_offset;
    one.result->last_offset = one.header.last_offset();
    if (config.timestamp_type == protocol::TimestampType::kLogAppendTime) {
      one.result->log_append_time_ms = one.header.max_timestamp;
    }
    one.result->log_start_offset = log_start_.load(std::memory_order_relaxed);
  }
  return run.size();
}

/// With the append lock held: where in the log a batch comes to be.
void PartitionLog::assign(Appending& appending, Offset base_offset) const {
  auto& header = appending.header;
  header.base_offset = base_offset;
  header.partition_leader_epoch = epochs_.current();
  protocol::set_base_offset(appending.batch, header.base_offset);
  protocol::set_partition_leader_epoch(appending.batch, header.partition_leader_epoch);
}

/// With the append lock held. False when its result says everything: an error, or a duplicate.
bool PartitionLog::may_append(const Appending& appending, const LogConfig& config) {
  if (is_offline() || damage_) {
    refuse(*appending.result, ErrorCode::KAFKA_STORAGE_ERROR,
           damage_ ? "the log is damaged and read-only" : "the log is offline");
    return false;
  }
  if (static_cast<std::int64_t>(appending.batch.size()) > config.segment_bytes) {
    refuse(*appending.result, ErrorCode::RECORD_LIST_TOO_LARGE,
           fmt::format("the batch of {} bytes is over segment.bytes {}", appending.batch.size(),
                       config.segment_bytes));
    return false;
  }
  return appending.header.producer_id < 0 ||
         producer_may_append(appending, config, *appending.result);
}

/// With the append lock held. Kreel's own records go on from the reserve when the disk is full;
/// clients' are refused.
Result<void> PartitionLog::write_run(const Appending& first, ByteView bytes,
                                     const LogConfig& config) {
  while (true) {
    auto written = make_room_for(first, config);
    if (written) written = write(bytes);
    if (written || is_offline() || !fs::is_out_of_space(written.error())) return written;
    if (first.origin == AppendOrigin::kClient) {
      context_.host.found_disk_full();
      return written;
    }
    if (!context_.host.use_reserve()) return written;
  }
}

/// With the append lock held. False when `result` says everything: an error, or a duplicate.
bool PartitionLog::producer_may_append(const Appending& appending, const LogConfig& config,
                                       AppendResult& result) {
  if (appending.origin == AppendOrigin::kClient) {
    return client_may_append(appending, config, result);
  }
  if (appending.marker) return marker_may_append(appending, result);
  const auto& header = appending.header;
  const auto* entry = producers_.find(header.producer_id);
  if (entry == nullptr || header.producer_epoch >= entry->epoch) return true;
  refuse_stale(header, result);
  return false;
}

bool PartitionLog::client_may_append(const Appending& appending, const LogConfig& config,
                                     AppendResult& result) const {
  const auto& header = appending.header;
  const auto check = producers_.check(header);
  switch (check.verdict) {
    case SequenceVerdict::kInOrder:
      return transaction_may_append(appending, result);
    case SequenceVerdict::kDuplicate:
      result.duplicate = true;
      result.base_offset = check.original.first_offset;
      result.last_offset = check.original.last_offset;
      result.log_start_offset = log_start_.load(std::memory_order_relaxed);
      if (config.timestamp_type == protocol::TimestampType::kLogAppendTime) {
        result.log_append_time_ms = check.original.timestamp;
      }
      return false;
    case SequenceVerdict::kOutOfOrder:
      // A batch that is in no transaction at all is told so first: its sequence can be right again.
      if (header.is_transactional() && !transaction_may_append(appending, result)) return false;
      refuse(result, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
             fmt::format("sequence {} of producer {} epoch {} does not follow its last batch",
                         header.base_sequence, header.producer_id, header.producer_epoch));
      return false;
    case SequenceVerdict::kStaleEpoch:
      refuse_stale(header, result);
      return false;
  }
  return false;
}

/// With the append lock held: an active segment that takes the batch.
Result<void> PartitionLog::make_room_for(const Appending& appending, const LogConfig& config) {
  if (segments_->empty()) return create_first_segment();
  if (must_roll(appending, end_.position, config)) return roll();
  return {};
}

/// Whether the active segment is not the one for a batch at `position`.
bool PartitionLog::must_roll(const Appending& appending, std::uint64_t position,
                             const LogConfig& config) const {
  const Segment& active = *segments_->back();
  const auto& header = appending.header;
  if (header.last_offset() - active.base_offset() > std::numeric_limits<std::int32_t>::max()) {
    return true;
  }
  if (position == 0) return false;
  const auto limit = std::min(static_cast<std::uint64_t>(config.segment_bytes), kPositionMax);
  if (position + appending.batch.size() > limit) return true;
  const auto fill = active.fill(config.segment_index_bytes);
  if (fill.index_is_full) return true;
  const auto waited = fill.first_timestamp >= 0 && header.max_timestamp >= 0
                          ? header.max_timestamp - fill.first_timestamp
                          : context_.clock.wall_ms() - active_created_ms_;
  return waited > config.roll_ms();
}

Result<void> PartitionLog::create_first_segment() {
  TRY(context_.fs.make_directory(directory_));
  auto segment = std::make_shared<Segment>(context_.fs, context_.handles, directory_, end_.offset);
  TRY(segment->create(""));
  needs_service_.store(true);
  active_created_ms_ = context_.clock.wall_ms();
  const std::lock_guard lock(state_mutex_);
  segments_ = std::make_shared<const SegmentList>(SegmentList{std::move(segment)});
  end_ = durable_ = high_watermark_ = {end_.offset, end_.offset, 0};
  written_here_from_ = 0;
  return {};
}

/// With the append lock held. The new segment gets its own name from sync(), once the one before it
/// is on disk; a file that sync() has prepared spares creating one here.
Result<void> PartitionLog::roll() {
  auto segment = std::make_shared<Segment>(context_.fs, context_.handles, directory_, end_.offset);
  if (spare_file_) {
    segment->adopt(std::exchange(spare_file_, nullptr), std::exchange(spare_name_, {}));
  } else {
    TRY(segment->create(next_name(next_file_number_++)));
    spare_name_.clear();
  }
  segments_->back()->seal();
  pending_snapshots_.push_back({end_.offset, producers_, true});
  bytes_since_producer_save_ = 0;
  active_created_ms_ = context_.clock.wall_ms();
  auto segments = std::make_shared<SegmentList>(*segments_);
  segments->push_back(std::move(segment));
  needs_service_.store(true);
  const std::lock_guard lock(state_mutex_);
  segments_ = std::move(segments);
  const bool was_at_end = high_watermark_.offset == end_.offset;
  end_ = {end_.offset, end_.offset, 0};
  if (was_at_end && !commits()) high_watermark_ = end_;
  written_here_from_ = 0;
  return {};
}

/// With the append lock held: `batch` at the end of the active segment. After an error the file is
/// as before, or the log is offline.
Result<void> PartitionLog::write(ByteView batch) {
  TRY_ASSIGN(const auto file, segments_->back()->file());
  auto written = file->write_at(batch, end_.position);
  if (written) return {};
  const auto restored = file->truncate(end_.position);
  if (!restored || !fs::is_out_of_space(written.error())) take_offline(written.error());
  return written;
}

/// With the append lock held: what was written at the end becomes part of the log.
void PartitionLog::publish(std::span<const Appending> run, const LogConfig& config) {
  auto& active = *segments_->back();
  auto new_end = end_;
  std::optional<CompletedTxn> completed;
  for (const Appending& one : run) {
    active.note_batch(one.header, new_end.position, config.index_interval_bytes);
    if (one.header.producer_id >= 0) completed = note_producer(one);
    new_end.offset = one.header.last_offset() + 1;
    new_end.position += one.batch.size();
  }
  const auto& header = run.front().header;  // a transaction's batch, or a marker, stands alone
  const auto size_bytes = new_end.position - end_.position;
  if (epochs_.empty()) epochs_.assign(header.partition_leader_epoch, header.base_offset);
  bytes_since_producer_save_ += size_bytes;
  if (bytes_since_producer_save_ >= context_.producer_save_bytes) {
    bytes_since_producer_save_ = 0;
    pending_snapshots_.push_back({new_end.offset, producers_, false});
    needs_service_.store(true);
  }
  const auto limit = static_cast<std::uint64_t>(config.segment_bytes);
  if (new_end.position > limit - limit / 8 && spare_name_.empty()) {
    spare_name_ = next_name(next_file_number_++);  // sync() makes the file
    needs_service_.store(true);
  }
  unsynced_bytes_.fetch_add(size_bytes, std::memory_order_relaxed);
  active.set_size_bytes(new_end.position);
  const auto first_open = producers_.first_open_offset().value_or(kNoTxn);
  const std::lock_guard lock(state_mutex_);
  end_ = new_end;
  if (header.is_transactional()) first_open_ = first_open;
  if (completed) {
    first_unsettled_ = std::min(first_unsettled_, completed->first_offset);
    unsettled_.push_back(*completed);
  }
  if (!commits() || KREEL_BUG("high_watermark_ahead")) {
    high_watermark_ = new_end;
    settle_transactions();
  }
}

void PartitionLog::ask_for_service() {
  if (needs_service_.load() && !wants_sync_.exchange(true)) {
    context_.host.wants_sync(shared_from_this(), false);
  }
}

/// With no lock held, after an append.
void PartitionLog::ask_for_sync(const LogConfig& config) {
  bool soon = needs_service_.load(std::memory_order_relaxed);
  bool wanted = soon;
  if (!context_.ephemeral) {
    if (context_.flush.mode != FlushMode::kOs || config.flush_ms != kNoFlush) wanted = true;
    if (flush_is_due_by_size(config)) {
      flush_now_.store(true);
      wanted = soon = true;
    }
  }
  if (!wanted) return;
  const bool queued = wants_sync_.exchange(true);
  if (!queued) wanted_since_ms_.store(context_.clock.monotonic_ms(), std::memory_order_relaxed);
  const bool hurried = !soon || soon_was_asked_.exchange(true);
  if (!queued || !hurried) context_.host.wants_sync(shared_from_this(), soon);
}

bool PartitionLog::flush_is_due_by_size(const LogConfig& config) {
  if (config.flush_messages != kNoFlush) {
    const auto end = offsets().log_end;
    if (end - durable_end() >= config.flush_messages) {
      auto before = flush_messages_end_.load();
      while (before < end && !flush_messages_end_.compare_exchange_weak(before, end)) continue;
      return true;
    }
  }
  return context_.flush.mode == FlushMode::kInterval &&
         unsynced_bytes_.load(std::memory_order_relaxed) > kIntervalWindowBytes;
}

}  // namespace kreel::storage
