#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/meta_properties.hpp"
#include "storage/names.hpp"
#include "storage/partition_log.hpp"
#include "storage/producer_snapshot.hpp"

// What the flusher does for a log. Order at a roll (KAFKA-3968): the old segment is synced, then
// the new one gets its name, is synced, and then the directory; only then are its records durable.
// So a segment that has its name proves that all before it are on disk.

namespace kreel::storage {
namespace {

log::RateLimited derived_files_log(60'000);

void warn_unless(const Result<void>& done) {
  if (!done) derived_files_log.write(log::Level::kWarning, done.error().message());
}

std::size_t index_of(const SegmentList& segments, Offset base_offset) {
  const auto after = std::ranges::upper_bound(
      segments, base_offset, {}, [](const auto& segment) { return segment->base_offset(); });
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - segments.begin(), 1) - 1);
}

/// For what names and describes records that are written already: the disk's being full must not
/// take a log offline. `work` syncs nothing that cannot be written again.
template <class Work>
Result<void> with_reserve(LogHost& host, Work work) {
  auto done = work();
  while (!done && fs::is_out_of_space(done.error()) && host.use_reserve()) done = work();
  return done;
}

}  // namespace

SyncOutcome PartitionLog::sync() {
  const std::lock_guard lock(sync_mutex_);
  take_request();
  if (context_.flush.mode != FlushMode::kOs) return sync_locked(true);
  const auto flush_ms = config_.get()->flush_ms;
  const auto waited = context_.clock.monotonic_ms() - wanted_since_ms_.load();
  const bool due = flush_now_.exchange(false) || (flush_ms != kNoFlush && waited >= flush_ms);
  auto outcome = sync_locked(due);
  const bool later = !due && flush_ms != kNoFlush && !outcome.failed && !context_.ephemeral;
  outcome.again = outcome.again || later;
  return outcome;
}

void PartitionLog::demand_sync(Offset end_offset) {
  if (durable_end() >= end_offset || is_offline()) return;
  flush_now_.store(true);
  const bool queued = wants_sync_.exchange(true);
  const bool hurried = soon_was_asked_.exchange(true);
  if (!queued || !hurried) context_.host.wants_sync(shared_from_this(), true);
}

SyncOutcome PartitionLog::sync_all() {
  const std::lock_guard lock(sync_mutex_);
  take_request();
  return sync_locked(true);
}

/// Before anybody looks at what is due: whoever asks from now on enters the flusher's queue again.
void PartitionLog::take_request() {
  wants_sync_.store(false);
  soon_was_asked_.store(false);
}

/// With the sync lock held.
SyncOutcome PartitionLog::sync_locked(bool everything) {
  if (is_offline()) return {true, false, std::nullopt};
  const bool serve = needs_service_.exchange(false);
  if (everything) unsynced_bytes_.store(0, std::memory_order_relaxed);
  std::shared_ptr<const SegmentList> segments;
  LogPosition from;
  LogPosition target;
  {
    const std::lock_guard state(state_mutex_);
    segments = segments_;
    from = durable_;
    target = end_;
  }
  if (segments->empty()) return {};
  if (!first_files_are_done_) {  // before the name of any other segment
    const auto done = finish_first_files();
    if (!done && fs::is_out_of_space(done.error())) return wait_for_space();
    if (!done) return fail_sync(done.error());
  }
  const auto reached = sync_files(*segments, from, target, everything);
  if (!reached) return fail_sync(reached.error());
  const bool moved = reached->offset != from.offset || reached->segment != from.segment;
  {
    const std::lock_guard state(state_mutex_);
    durable_ = *reached;
    if (commits()) {
      high_watermark_ = *reached;
      settle_transactions();
    }
  }
  durable_offset_.store(reached->offset, std::memory_order_release);
  if (moved && commits()) notify_watchers();
  if (serve) do_service();
  if (segments->back()->pending_index_entries() >= kPendingIndexEntries) {
    warn_unless(segments->back()->write_indexes(false));
  }
  SyncOutcome outcome;
  if (moved && !context_.ephemeral) {
    outcome.mark =
        KeyedMark{mark_key_, DurableMark{reached->segment, reached->position, reached->offset}};
  }
  return outcome;
}

SyncOutcome PartitionLog::fail_sync(const Error& error) {
  take_offline(error);
  notify_watchers();
  return {true, false, std::nullopt};
}

/// What was appended stays unacknowledged until there is room for the files beside it.
SyncOutcome PartitionLog::wait_for_space() {
  needs_service_.store(true);
  flush_now_.store(true);
  return {false, true, std::nullopt};
}

/// With the sync lock held. Returns what is durable now.
Result<LogPosition> PartitionLog::sync_files(const SegmentList& segments, const LogPosition& from,
                                             const LogPosition& target, bool everything) {
  auto reached = from;
  const auto last = segments.size() - 1;
  for (auto i = index_of(segments, from.segment); i <= last; ++i) {
    auto& segment = *segments[i];
    if (segment.has_temporary_name()) {
      TRY(with_reserve(context_.host, [&segment] { return segment.take_its_name(); }));
      TRY(sync_directory_of(directory_));
    }
    if (i < last) {
      TRY(sync_segment(segment, segment.size_bytes()));
      const auto next = segments[i + 1]->base_offset();
      reached = {next, next, 0};
      warn_unless(segment.write_indexes(!context_.ephemeral));
    } else if (everything) {
      TRY(sync_segment(segment, target.position));
      reached = target;
    }
  }
  return reached;
}

Result<void> PartitionLog::sync_segment(Segment& segment, std::uint64_t size_bytes) {
  if (context_.ephemeral || segment.synced_bytes() >= size_bytes) return {};
  TRY_ASSIGN(const auto file, segment.file());
  if (!KREEL_BUG("skip_sync")) TRY(file->sync_data());
  segment.set_synced_bytes(size_bytes);
  return {};
}

Result<void> PartitionLog::sync_directory_of(const std::string& path) {
  if (context_.ephemeral || KREEL_BUG("skip_directory_sync")) return {};
  return context_.fs.sync_directory(path);
}

/// The files beside the first segment, and the directory's own name in its parent.
Result<void> PartitionLog::finish_first_files() {
  if (!context_.ephemeral) {
    TRY(with_reserve(context_.host, [this] { return make_first_files(); }));
  }
  first_files_are_done_ = true;
  return {};
}

Result<void> PartitionLog::make_first_files() {
  if (!topic_id_.is_zero()) {
    TRY(write_partition_metadata(context_.fs, directory_, topic_id_));
  }
  std::vector<EpochStart> epochs;
  {
    const std::lock_guard lock(append_mutex_);
    epochs = epochs_.entries();
  }
  TRY(write_epoch_checkpoint(context_.fs, fs::join(directory_, std::string(kLeaderEpochFile)),
                             epochs));
  TRY(sync_directory_of(directory_));
  return sync_directory_of(context_.data_directory);
}

/// With the sync lock held: what appends have left for this thread.
void PartitionLog::do_service() {
  std::vector<PendingSnapshot> snapshots;
  {
    const std::lock_guard lock(append_mutex_);
    snapshots.swap(pending_snapshots_);
  }
  if (!context_.ephemeral) {
    for (const auto& pending : snapshots) warn_unless(write_snapshot(pending));
  }
  prepare_next_segment();
}

/// The transaction indexes, which a snapshot of the producers vouches for.
Result<void> PartitionLog::write_aborted() {
  const auto segments = snapshot(true).segments;
  for (const auto& segment : *segments) TRY(segment->write_aborted(true));
  return {};
}

/// Derived data, but kreel's file is on disk before the ones that it replaces go, for nothing else
/// knows five batches of a producer.
Result<void> PartitionLog::write_snapshot(const PendingSnapshot& pending) {
  TRY(write_aborted());
  const auto write = [&](std::string_view suffix, const Bytes& content, bool sync) -> Result<void> {
    const auto path = fs::join(directory_, segment_file_name(pending.offset, suffix));
    TRY_ASSIGN(const auto file, context_.fs.open(path, fs::OpenMode::kCreateOrOpen));
    TRY(file->write_at(content, 0));
    TRY(file->truncate(content.size()));
    if (!sync) return {};
    TRY(file->sync_data());
    return sync_directory_of(directory_);
  };
  Result<void> for_kafka;
  if (pending.is_roll) {
    for_kafka = write(kSnapshotSuffix, encode_kafka_snapshot(pending.state), false);
  }
  auto written = write(kProducersSuffix, encode_kreel_snapshot(pending.state), true);
  if (!written) {
    // The next start must not take it for durable.
    const auto path = fs::join(directory_, segment_file_name(pending.offset, kProducersSuffix));
    static_cast<void>(context_.fs.remove_file(path));
    return written;
  }
  for (const auto& saved : saved_producers_) {
    const bool is_replaced = saved.offset != pending.offset && (pending.is_roll || !saved.is_roll);
    if (!is_replaced) continue;
    const auto path = fs::join(directory_, segment_file_name(saved.offset, kProducersSuffix));
    static_cast<void>(context_.fs.remove_file(path));
  }
  std::erase_if(saved_producers_,
                [&](const SavedProducers& saved) { return pending.is_roll || !saved.is_roll; });
  saved_producers_.push_back({pending.offset, pending.is_roll});
  if (pending.is_roll) producers_saved_to_.store(pending.offset);
  return for_kafka;
}

void PartitionLog::prepare_next_segment() {
  std::string name;
  {
    const std::lock_guard lock(append_mutex_);
    if (spare_name_.empty() || spare_file_) return;
    name = spare_name_;
  }
  const auto path = fs::join(directory_, name);
  auto file = context_.fs.open(path, fs::OpenMode::kCreateExclusive);
  if (!file) return;  // the roll makes one by itself, and tells if it cannot
  {
    const std::lock_guard lock(append_mutex_);
    if (spare_name_ == name) {
      spare_file_ = std::move(*file);
      return;
    }
  }
  static_cast<void>(context_.fs.remove_file(path));
}

Result<void> PartitionLog::write_derived_files() {
  const std::lock_guard lock(sync_mutex_);
  const auto segments = snapshot(true).segments;
  if (segments->empty() || context_.ephemeral || is_offline()) return {};
  PendingSnapshot current;
  std::string spare;
  {
    const std::lock_guard append(append_mutex_);
    current = {end_.offset, producers_, true};
    if (spare_file_) spare = spare_name_;
    spare_file_.reset();
    spare_name_.clear();
  }
  if (!spare.empty()) TRY(context_.fs.remove_file(fs::join(directory_, spare)));
  if (!damage_) segments->back()->end_time_index();
  for (const auto& segment : *segments) TRY(segment->write_indexes(false));
  if (damage_) return {};
  return write_snapshot(current);
}

}  // namespace kreel::storage
