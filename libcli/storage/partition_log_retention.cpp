#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/names.hpp"
#include "storage/partition_log.hpp"

// Removing the oldest segments: by time, by size, and below the log start. The new log start is
// durable before the first file goes.

namespace kreel::storage {
namespace {

using protocol::ErrorCode;

/// The largest timestamp that the batches themselves have; an index alone is not believed where
/// data is to be removed.
Result<TimestampMs> largest_timestamp_in(Segment& segment) {
  TRY_ASSIGN(const auto file, segment.file());
  BatchScanner scanner(*file, 0, segment.size_bytes(), BatchScanner::Check::kHeaders);
  TimestampMs largest = -1;
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) break;
    largest = std::max(largest, found->header.max_timestamp);
  }
  if (scanner.end() != ScanEnd::kLimit) {
    return fail(ErrorKind::kBadInput, fmt::format("{}: {} at byte {}", segment.path(kLogSuffix),
                                                  to_string(scanner.end()), scanner.position()));
  }
  return largest;
}

}  // namespace

ErrorCode PartitionLog::delete_records_before(Offset offset) {
  const std::lock_guard lock(sync_mutex_);
  if (is_offline()) return ErrorCode::KAFKA_STORAGE_ERROR;
  const auto now = offsets();
  if (offset > now.high_watermark) return ErrorCode::OFFSET_OUT_OF_RANGE;
  if (offset <= now.log_start) return ErrorCode::NONE;
  if (const auto raised = raise_log_start(offset); !raised) {
    log::error(raised.error().message());
    return ErrorCode::KAFKA_STORAGE_ERROR;
  }
  return ErrorCode::NONE;
}

/// With the sync lock held.
Result<void> PartitionLog::raise_log_start(Offset log_start) {
  if (!KREEL_BUG("skip_log_start_save")) {
    TRY(context_.host.save_log_start(partition_, log_start));
  }
  {
    const std::lock_guard lock(state_mutex_);
    log_start_ = std::max(log_start_.load(), log_start);
  }
  if (KREEL_BUG("forget_deleted_producers") && offsets().log_end == log_start) {
    const std::lock_guard lock(append_mutex_);
    producers_.expire(std::numeric_limits<TimestampMs>::max(), 0);
  }
  return {};
}

Result<void> PartitionLog::apply_retention(RetentionOptions options) {
  if (is_offline() || damage_) return {};
  const auto config = config_.get();
  const auto segments = snapshot(true).segments;
  if (segments->empty()) return {};
  // Without the lock: the batches of old segments come from the disk, and no sync waits for them.
  TRY_ASSIGN(auto count, count_expired(*segments, *config, options));
  if (count == 0) return {};
  const std::lock_guard sealed(sealed_mutex_);
  const std::lock_guard lock(sync_mutex_);
  const auto now = snapshot(true).segments;
  const bool are_there = now->size() >= count &&
                         std::equal(now->begin(), now->begin() + static_cast<std::ptrdiff_t>(count),
                                    segments->begin());
  if (is_offline() || !are_there) return {};
  if (count == segments->size()) {
    TRY_ASSIGN(const bool rolled, roll_when_still(*segments));
    if (!rolled) --count;  // an append has kept the last one alive
  }
  return remove_segments(count);
}

/// With the sync lock held: everything expired, so an empty segment takes over and keeps the log's
/// end. False when the log has grown since `segments` was taken.
Result<bool> PartitionLog::roll_when_still(const SegmentList& segments) {
  {
    const std::lock_guard lock(append_mutex_);
    const auto end = end_.offset;
    if (segments.back() != segments_->back() || end > offsets().high_watermark) return false;
    TRY(roll());
  }
  const auto synced = sync_locked(false);
  if (synced.failed || synced.again) return fail(ErrorKind::kIo, directory_ + " cannot be synced");
  return true;
}

/// How many of the oldest segments may go. Only what is below the high watermark.
Result<std::size_t> PartitionLog::count_expired(const SegmentList& segments,
                                                const LogConfig& config,
                                                RetentionOptions options) const {
  const auto now = snapshot(true).offsets;
  auto excess = size_bytes() - config.retention_bytes;
  std::size_t count = 0;
  for (; count < segments.size(); ++count) {
    auto& segment = *segments[count];
    const bool is_last = count + 1 == segments.size();
    const auto end = is_last ? now.log_end : segments[count + 1]->base_offset();
    if (end > now.high_watermark || (is_last && segment.size_bytes() == 0)) break;
    const auto size = static_cast<std::int64_t>(segment.size_bytes());
    bool expired = end <= now.log_start && !is_last;
    if (!expired && config.cleanup_delete && config.retention_bytes >= 0) {
      expired = excess - size >= 0;
    }
    if (!expired && config.cleanup_delete && config.retention_ms >= 0 && options.by_time) {
      TRY_ASSIGN(expired, is_expired(segment, config));
    }
    if (!expired) break;
    excess -= size;
  }
  return count;
}

Result<bool> PartitionLog::is_expired(Segment& segment, const LogConfig& config) const {
  const auto now = context_.clock.wall_ms();
  const auto is_old = [&](TimestampMs timestamp) { return now - timestamp > config.retention_ms; };
  TRY_ASSIGN(const auto times, segment.times());
  if (times.max >= 0 && !is_old(times.max)) return false;
  TRY_ASSIGN(const auto largest, largest_timestamp_in(segment));
  if (largest >= 0) return is_old(largest);
  TRY_ASSIGN(const auto modified, context_.fs.modified_ms(segment.path(kLogSuffix)));
  return is_old(modified);
}

/// With the sync lock held: the first `count` segments leave the log; their files are renamed now
/// and removed after file.delete.delay.ms.
Result<void> PartitionLog::remove_segments(std::size_t count) {
  const auto before = snapshot(true).segments;
  const auto start = (*before)[count]->base_offset();
  if (start > log_start_.load()) TRY(raise_log_start(start));
  {
    // append_mutex_ keeps a roll from publishing a list that still has them.
    const std::scoped_lock lock(append_mutex_, state_mutex_);
    const auto first = segments_->begin() + static_cast<std::ptrdiff_t>(count);
    segments_ = std::make_shared<const SegmentList>(first, segments_->end());
    if (durable_.segment < start) durable_ = {start, start, 0};
    if (high_watermark_.segment < start) high_watermark_ = {start, start, 0};
  }
  const auto delay = config_.get()->file_delete_delay_ms;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& segment = (*before)[i];
    log::info(
        fmt::format("{}: segment {} is removed", partition_.to_string(), segment->base_offset()));
    for (const auto suffix : kSegmentSuffixes) {
      const auto path = segment->path(suffix);
      const auto renamed = context_.fs.rename(path, path + std::string(kDeletedSuffix));
      if (!renamed && renamed.error().kind() == ErrorKind::kNotFound) continue;
      TRY(renamed);
      context_.host.remove_later(path + std::string(kDeletedSuffix), delay);
    }
  }
  return sync_directory_of(directory_);
}

}  // namespace kreel::storage
