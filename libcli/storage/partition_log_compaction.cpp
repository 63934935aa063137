#include <algorithm>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/compaction_record.hpp"
#include "storage/names.hpp"
#include "storage/partition_log.hpp"

// Compaction: what may be looked at, and how the new segments take the place of the old ones. The
// work between is log_compaction.hpp, which holds no lock of the log.

namespace kreel::storage {
namespace {

Offset end_of(const SegmentList& segments, std::size_t index) {
  return segments[index + 1]->base_offset();
}

}  // namespace

/// Everything below is sealed and on disk, was read by whoever may read it, and is no longer needed
/// to restore producers: their batches before it are in a file of kreel's own.
Offset PartitionLog::compactable_end() const {
  Offset end = 0;
  {
    const std::lock_guard lock(state_mutex_);
    end = std::min(
        {end_.segment, durable_.segment, high_watermark_.segment, offsets_locked().last_stable});
  }
  if (context_.ephemeral || KREEL_BUG("compact_unsaved_producers")) return end;
  return std::min(end, producers_saved_to_.load());
}

Result<CompactionNeed> PartitionLog::compaction_need(Offset checkpoint, TimestampMs now_ms) const {
  const auto config = config_.get();
  const auto limit = compactable_end();
  const auto snapshot = this->snapshot(true);
  const auto& segments = *snapshot.segments;
  CompactionNeed need;
  const bool is_known =
      checkpoint >= snapshot.offsets.log_start && checkpoint <= snapshot.offsets.log_end;
  need.first_dirty = is_known ? checkpoint : snapshot.offsets.log_start;
  need.end = need.first_dirty;
  if (is_offline() || damage_ || !config->cleanup_compact) return need;
  for (std::size_t i = 0; i + 1 < segments.size() && end_of(segments, i) <= limit; ++i) {
    auto& segment = *segments[i];
    if (end_of(segments, i) <= need.first_dirty) {
      need.clean_bytes += segment.size_bytes();
      continue;
    }
    TRY_ASSIGN(const auto times, segment.times());
    if (config->min_compaction_lag_ms > 0 && times.max > now_ms - config->min_compaction_lag_ms) {
      break;
    }
    // Zero and less are no times that a record has waited since.
    const bool has_waited = times.first > 0 && config->max_compaction_lag_ms < now_ms - times.first;
    need.is_overdue = need.is_overdue || has_waited;
    need.dirty_bytes += segment.size_bytes();
    need.end = end_of(segments, i);
  }
  return need;
}

LastOfProducers PartitionLog::last_of_producers() const {
  const std::lock_guard lock(append_mutex_);
  LastOfProducers last;
  for (const auto& [id, entry] : producers_.producers()) {
    last[id] = {entry.empty() ? -1 : entry.back().last_offset, entry.epoch};
  }
  return last;
}

Result<CompactionOutcome> PartitionLog::compact(const CompactionOptions& given) {
  const std::lock_guard lock(compaction_mutex_);
  auto options = given;
  options.go_on = [&](std::uint64_t bytes) {
    return !is_offline() && (!given.go_on || given.go_on(bytes));
  };
  TRY_ASSIGN(const auto need, compaction_need(given.checkpoint, given.now_ms));
  CompactionOutcome outcome;
  outcome.clean_to = need.first_dirty;
  if (need.dirty_bytes == 0) return outcome;
  CompactionInput input{{}, need.first_dirty, need.end, *config_.get(), last_of_producers(), {}};
  const auto segments = snapshot(true).segments;
  for (const auto& segment : *segments) {
    if (segment->base_offset() < need.end) input.segments.push_back(segment);
    const auto aborted = segment->aborted();
    input.aborted.insert(input.aborted.end(), aborted.begin(), aborted.end());
  }
  if (!context_.ephemeral && !KREEL_BUG("skip_compaction_mark")) TRY(prove_durable());
  CompactionPass pass(context_, std::move(input), options);
  TRY_ASSIGN(const bool is_mapped, pass.map_keys());
  if (!is_mapped) return outcome;
  for (const auto& group : pass.groups()) {
    auto fresh = pass.copy(group);
    if (pass.gave_up()) return outcome;
    if (!fresh) {
      if (!has_segments(group)) continue;  // retention was quicker
      return tl::unexpected(fresh.error());
    }
    if (!*fresh) continue;
    const auto segment = *fresh;
    const auto is_in = replace(group, segment);
    // Not when it is offline: the next start may need the files.
    if (!is_offline() && !(is_in && *is_in)) pass.discard(*segment);
    if (!is_in) return tl::unexpected(is_in.error());
  }
  return pass.outcome();
}

/// An older mark may point into a segment that is about to be replaced, and would call it damaged.
Result<void> PartitionLog::prove_durable() {
  LogPosition durable;
  {
    const std::lock_guard lock(state_mutex_);
    durable = durable_;
  }
  return context_.host.prove_durable(
      {mark_key_, DurableMark{durable.segment, durable.position, durable.offset}});
}

bool PartitionLog::has_segments(const SegmentList& segments) const {
  const auto current = snapshot(true).segments;
  return std::search(current->begin(), current->end(), segments.begin(), segments.end()) !=
         current->end();
}

/// `fresh` takes the place of `old`. False when nothing has changed: retention has taken some of
/// them meanwhile, or the files did not obey.
Result<bool> PartitionLog::replace(const SegmentList& old, const std::shared_ptr<Segment>& fresh) {
  const std::lock_guard lock(sealed_mutex_);
  if (is_offline() || !has_segments(old)) return false;
  CompactionRecord record{fresh->base_offset(), fresh->size_bytes(), {}};
  auto ready = Result<void>();
  for (const auto& segment : old) {
    record.replaced.push_back(segment->base_offset());
    if (ready) ready = segment->hold();
  }
  if (ready && !KREEL_BUG("skip_compaction_sync")) ready = sync_directory_of(directory_);
  if (ready && !context_.ephemeral && !KREEL_BUG("skip_compaction_record")) {
    ready = write_compaction_record(context_.fs, directory_, record);
    // Where its name is, it may be on disk, and so may be what it says.
    if (!ready && context_.fs.exists(fs::join(directory_, std::string(kCompactionFile)))) {
      take_offline(ready.error());
      return tl::unexpected(ready.error());
    }
  }
  if (!ready) {
    for (const auto& segment : old) segment->release();
    return tl::unexpected(ready.error());
  }
  const auto finished = finish_replacement(record, *fresh);
  if (!finished) {
    // The next start finishes it.
    take_offline(finished.error());
    return tl::unexpected(finished.error());
  }
  {
    // append_mutex_ keeps a roll from publishing a list that still has the old ones.
    const std::scoped_lock positions(append_mutex_, state_mutex_);
    auto segments = std::make_shared<SegmentList>();
    for (const auto& segment : *segments_) {
      if (segment == old.front()) segments->push_back(fresh);
      if (std::ranges::find(old, segment) == old.end()) segments->push_back(segment);
    }
    segments_ = std::move(segments);
  }
  for (const auto& written :
       {fresh->write_indexes(!context_.ephemeral), fresh->write_aborted(!context_.ephemeral)}) {
    if (!written) log::warning(written.error().message());
  }
  return true;
}

Result<void> PartitionLog::finish_replacement(const CompactionRecord& record, Segment& fresh) {
  TRY(fresh.take_its_name());
  return finish_compaction(context_.fs, directory_, record, !context_.ephemeral);
}

}  // namespace kreel::storage
