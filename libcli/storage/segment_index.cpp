#include <algorithm>
#include <array>
#include <limits>

#include <fmt/core.h>

#include "base/log.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"
#include "storage/segment.hpp"

// The indexes of a segment: kept while it grows, written behind, loaded again when a sealed segment
// is read, rebuilt from the log whenever they do not fit it.

namespace kreel::storage {
namespace {

constexpr std::int32_t kRebuildIntervalBytes = 4096;

template <class Index>
Result<bool> read_index(fs::FileSystem& fs, const std::string& path, Index& index) {
  const auto content = fs::read_whole_file(fs, path, kIndexFileBytesMax);
  if (content) return index.decode(*content);
  const auto kind = content.error().kind();
  if (kind == ErrorKind::kNotFound || kind == ErrorKind::kBadInput) return false;
  return tl::unexpected(content.error());
}

Result<TimestampMs> first_timestamp(const fs::File& file) {
  std::array<std::byte, protocol::kBatchHeaderBytes> bytes{};
  TRY_ASSIGN(const auto count, file.read_at(bytes, 0));
  const auto header = protocol::read_batch_header(ByteView(bytes).first(count));
  return header ? header->max_timestamp : -1;
}

}  // namespace

Result<void> write_entries(fs::FileSystem& fs, const std::string& path, std::size_t position,
                           const Bytes& bytes, bool sync) {
  TRY_ASSIGN(const auto file, fs.open(path, fs::OpenMode::kCreateOrOpen));
  if (!bytes.empty()) TRY(file->write_at(bytes, position));
  TRY_ASSIGN(const auto size, file->size_bytes());
  if (size != position + bytes.size()) TRY(file->truncate(position + bytes.size()));
  if (sync) return file->sync_data();
  return {};
}

void Segment::note_batch(const protocol::BatchHeader& header, std::uint64_t position,
                         std::int32_t index_interval_bytes) {
  const std::lock_guard lock(index_mutex_);
  if (position == 0) times_.first = header.max_timestamp;
  // An empty batch, as compaction leaves them, has the time of a record that is gone.
  if (header.record_count > 0 && header.max_timestamp > times_.max) {
    times_.max = header.max_timestamp;
    times_.max_offset = header.last_offset();
  }
  constexpr auto kEntryMax = std::numeric_limits<std::int32_t>::max();
  const bool fits = header.last_offset() - base_offset_ <= kEntryMax && position <= kEntryMax;
  if (fits && bytes_since_entry_ > static_cast<std::uint64_t>(std::max(index_interval_bytes, 0))) {
    offsets_.append({static_cast<std::int32_t>(header.last_offset() - base_offset_),
                     static_cast<std::int32_t>(position)});
    if (times_.max >= 0) {
      timestamps_.append({times_.max, static_cast<std::int32_t>(times_.max_offset - base_offset_)});
    }
    bytes_since_entry_ = 0;
  }
  bytes_since_entry_ += header.size_bytes();
}

void Segment::seal() {
  end_time_index();
  sealed_.store(true, std::memory_order_release);
}

void Segment::end_time_index() {
  const std::lock_guard lock(index_mutex_);
  if (times_.max < 0) return;
  timestamps_.append({times_.max, static_cast<std::int32_t>(times_.max_offset - base_offset_)});
}

Segment::Fill Segment::fill(std::int32_t segment_index_bytes) const {
  const std::lock_guard lock(index_mutex_);
  const auto limit = static_cast<std::size_t>(std::max(segment_index_bytes, 0));
  const bool offsets_full = (offsets_.size() + 1) * OffsetEntry::kBytes > limit;
  // One more is kept free for the entry at sealing.
  const bool times_full = (timestamps_.size() + 2) * TimeEntry::kBytes > limit;
  return {!offsets_.empty() && (offsets_full || times_full), times_.first};
}

std::uint64_t Segment::entry_position(const OffsetEntry* entry) const {
  return entry == nullptr ? 0 : static_cast<std::uint64_t>(entry->position);
}

Result<std::uint64_t> Segment::position_before(Offset offset) {
  bool loaded = false;
  std::uint64_t position = 0;
  {
    const std::lock_guard lock(index_mutex_);
    loaded = !index_in_memory_;
    TRY(load_sealed_index());
    const auto relative =
        std::clamp<Offset>(offset - base_offset_, 0, std::numeric_limits<std::int32_t>::max());
    position = entry_position(
        offsets_.floor(static_cast<std::int32_t>(relative), &OffsetEntry::relative_offset));
  }
  used_.store(true, std::memory_order_relaxed);
  if (loaded) handles_.opened(shared_from_this());
  return position;
}

Result<std::uint64_t> Segment::batch_start_before(std::uint64_t position) {
  const std::lock_guard lock(index_mutex_);
  TRY(load_sealed_index());
  const auto limited = std::min<std::uint64_t>(position, std::numeric_limits<std::int32_t>::max());
  return entry_position(offsets_.floor(static_cast<std::int32_t>(limited), &OffsetEntry::position));
}

Result<TimeIndex> Segment::read_time_index() {
  TimeIndex index;
  TRY_ASSIGN(const bool sane, read_index(fs_, path(kTimeIndexSuffix), index));
  if (!sane) {
    TRY(rebuild_indexes());
    return timestamps_;
  }
  return index;
}

Result<Offset> Segment::offset_before_time(TimestampMs timestamp_ms) {
  const std::lock_guard lock(index_mutex_);
  const auto offset_of = [&](const TimeIndex& index) {
    const auto* entry = index.floor(timestamp_ms, &TimeEntry::timestamp);
    return base_offset_ + (entry == nullptr ? 0 : entry->relative_offset);
  };
  if (index_in_memory_ && (!timestamps_.empty() || !is_sealed())) return offset_of(timestamps_);
  TRY_ASSIGN(const auto index, read_time_index());
  return offset_of(index);
}

Result<SegmentTimes> Segment::times() {
  {
    const std::lock_guard lock(index_mutex_);
    if (times_known_) return times_;
  }
  TRY_ASSIGN(const auto opened, file());
  const std::lock_guard lock(index_mutex_);
  if (times_known_) return times_;
  TRY_ASSIGN(const auto index, read_time_index());
  if (times_known_) return times_;  // rebuilt
  if (index.empty() && size_bytes() > 0) {
    TRY(rebuild_indexes());
    return times_;
  }
  TRY_ASSIGN(times_.first, first_timestamp(*opened));
  if (!index.empty()) {
    times_.max = index.back().timestamp;
    times_.max_offset = base_offset_ + index.back().relative_offset;
  }
  times_known_ = true;
  return times_;
}

/// With index_mutex_ held.
Result<void> Segment::load_sealed_index() {
  if (index_in_memory_) return {};
  TRY_ASSIGN(const bool sane, read_index(fs_, path(kOffsetIndexSuffix), offsets_));
  const bool fits = sane && (offsets_.empty() || entry_position(&offsets_.back()) < size_bytes());
  if (!fits) return rebuild_indexes();
  offsets_written_ = offsets_.size();
  index_in_memory_ = true;
  return {};
}

/// With index_mutex_ held. The file by its name may be another segment's where this one is held.
Result<std::shared_ptr<fs::File>> Segment::file_for_indexes() {
  {
    const std::lock_guard lock(file_mutex_);
    if (file_) return file_;
  }
  TRY_ASSIGN(auto opened, fs_.open(path(kLogSuffix), fs::OpenMode::kRead));
  return std::shared_ptr<fs::File>(std::move(opened));
}

/// With index_mutex_ held: both indexes and the times from the batch headers.
Result<void> Segment::rebuild_indexes() {
  TRY_ASSIGN(const auto opened, file_for_indexes());
  Segment fresh(fs_, handles_, directory_, base_offset_);
  BatchScanner scanner(*opened, 0, size_bytes(), BatchScanner::Check::kHeaders);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found) break;
    fresh.note_batch(found->header, found->position, kRebuildIntervalBytes);
  }
  if (is_sealed()) fresh.seal();
  // A segment of nothing but empty batches has no times, and so no entries to miss.
  const bool was_wrong = fresh.times_.max >= 0;
  if (was_wrong) {
    log::warning(
        fmt::format("{}: missing or damaged, rebuilt from the log", path(kOffsetIndexSuffix)));
  }
  offsets_ = std::move(fresh.offsets_);
  timestamps_ = std::move(fresh.timestamps_);
  times_ = fresh.times_;
  times_known_ = true;
  index_in_memory_ = true;
  offsets_written_ = 0;
  timestamps_written_ = 0;
  bytes_since_entry_ = fresh.bytes_since_entry_;
  return {};
}

Result<void> Segment::forget_indexes() {
  const std::lock_guard lock(index_mutex_);
  return rebuild_indexes();
}

Result<void> Segment::hold() {
  held_.store(true);
  const auto load = [this]() -> Result<void> {
    TRY(file());
    TRY(times());
    const std::lock_guard lock(index_mutex_);
    TRY(load_sealed_index());
    if (!timestamps_.empty()) return {};
    TRY_ASSIGN(auto index, read_time_index());
    timestamps_ = std::move(index);
    timestamps_written_ = timestamps_.size();
    return {};
  };
  auto loaded = load();
  if (!loaded) release();
  return loaded;
}

Result<void> Segment::write_indexes(bool sync) {
  if (held_.load()) return {};
  Bytes offsets;
  Bytes timestamps;
  std::size_t offsets_from = 0;
  std::size_t timestamps_from = 0;
  {
    const std::lock_guard lock(index_mutex_);
    if (!index_in_memory_) return {};
    if (indexes_are_written() && !(sync && index_sync_is_due_)) return {};
    offsets_from = offsets_written_;
    timestamps_from = timestamps_written_;
    offsets = offsets_.encode(offsets_from);
    timestamps = timestamps_.encode(std::min(timestamps_from, timestamps_.size()));
  }
  const auto offsets_at = offsets_from * OffsetEntry::kBytes;
  const auto timestamps_at = timestamps_from * TimeEntry::kBytes;
  TRY(write_entries(fs_, path(kOffsetIndexSuffix), offsets_at, offsets, sync));
  TRY(write_entries(fs_, path(kTimeIndexSuffix), timestamps_at, timestamps, sync));
  const std::lock_guard lock(index_mutex_);
  offsets_written_ = offsets_from + offsets.size() / OffsetEntry::kBytes;
  timestamps_written_ = timestamps_from + timestamps.size() / TimeEntry::kBytes;
  files_exist_ = true;
  index_sync_is_due_ = !sync;
  return {};
}

/// With index_mutex_ held. A loaded index has its offsets alone in memory.
bool Segment::indexes_are_written() const {
  return files_exist_ && offsets_written_ == offsets_.size() &&
         (timestamps_written_ == timestamps_.size() || timestamps_.empty());
}

std::size_t Segment::pending_index_entries() const {
  const std::lock_guard lock(index_mutex_);
  return offsets_.size() - std::min(offsets_written_, offsets_.size());
}

void Segment::expect_indexes_on_disk() {
  const std::lock_guard lock(index_mutex_);
  sealed_.store(true, std::memory_order_release);
  index_in_memory_ = false;
  times_known_ = false;
  files_exist_ = true;
}

Result<std::uint64_t> Segment::load_indexes_below(std::uint64_t trusted_bytes) {
  const std::lock_guard lock(index_mutex_);
  sealed_.store(false, std::memory_order_release);
  index_in_memory_ = true;
  times_known_ = true;
  times_ = {};
  bytes_since_entry_ = 0;
  files_exist_ = false;  // so that write_indexes() cuts off what was not kept
  TRY_ASSIGN(const bool offsets_sane, read_index(fs_, path(kOffsetIndexSuffix), offsets_));
  TRY_ASSIGN(const bool times_sane, read_index(fs_, path(kTimeIndexSuffix), timestamps_));
  auto keep = offsets_.size();
  while (keep > 0 && entry_position(&offsets_.entries()[keep - 1]) >= trusted_bytes) --keep;
  offsets_.truncate(keep);
  if (!offsets_sane || !times_sane || offsets_.empty() || timestamps_.empty()) {
    offsets_.clear();
    timestamps_.clear();
    offsets_written_ = 0;
    timestamps_written_ = 0;
    return 0;
  }
  auto times_keep = timestamps_.size();
  const auto last = offsets_.back().relative_offset;
  while (times_keep > 0 && timestamps_.entries()[times_keep - 1].relative_offset > last) {
    --times_keep;
  }
  timestamps_.truncate(times_keep);
  offsets_written_ = offsets_.size();
  timestamps_written_ = timestamps_.size();
  if (!timestamps_.empty()) {
    times_.max = timestamps_.back().timestamp;
    times_.max_offset = base_offset_ + timestamps_.back().relative_offset;
  }
  TRY_ASSIGN(const auto opened, fs_.open(path(kLogSuffix), fs::OpenMode::kRead));
  TRY_ASSIGN(times_.first, first_timestamp(*opened));
  return entry_position(&offsets_.back());
}

}  // namespace kreel::storage
