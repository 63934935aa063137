#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "storage/partition_log.hpp"

// Reading: a position from the index, a short walk over headers, and a slice of the file that the
// connection sends by itself.

namespace kreel::storage {
namespace {

using protocol::ErrorCode;

constexpr std::size_t kWalkChunkBytes = 8192;

struct BatchPlace {
  std::uint64_t position = 0;
  std::size_t size_bytes = 0;
  Offset base_offset = -1;
  Offset last_offset = -1;
};

/// Walks headers from a batch's start, reading a small chunk at a time.
class HeaderWalk {
 public:
  HeaderWalk(const fs::File& file, std::uint64_t position, std::uint64_t limit)
      : file_(file), position_(position), limit_(limit) {}

  /// The batch at the position, which moves behind it. nullopt at the limit or where there is none.
  Result<std::optional<BatchPlace>> next() {
    if (position_ + protocol::kBatchHeaderBytes > limit_) return std::nullopt;
    const bool buffered =
        position_ >= from_ && position_ + protocol::kBatchHeaderBytes <= from_ + count_;
    if (!buffered) {
      from_ = position_;
      const auto want = std::min<std::uint64_t>(chunk_.size(), limit_ - position_);
      TRY_ASSIGN(count_, file_.read_at(
                             MutableByteView(chunk_).first(static_cast<std::size_t>(want)), from_));
    }
    const auto skip = static_cast<std::size_t>(position_ - from_);
    const auto header = protocol::read_batch_header(ByteView(chunk_).first(count_).subspan(skip));
    if (!header || header->size_bytes() > limit_ - position_) return std::nullopt;
    const BatchPlace place{position_, header->size_bytes(), header->base_offset,
                           header->last_offset()};
    position_ += place.size_bytes;
    return place;
  }

 private:
  const fs::File& file_;
  std::uint64_t position_;
  std::uint64_t limit_;
  std::array<std::byte, kWalkChunkBytes> chunk_;
  std::uint64_t from_ = 0;
  std::size_t count_ = 0;
};

Result<std::optional<BatchPlace>> find_batch(const fs::File& file, std::uint64_t start,
                                             std::uint64_t limit, Offset offset) {
  HeaderWalk walk(file, start, limit);
  while (true) {
    TRY_ASSIGN(const auto place, walk.next());
    if (!place || place->last_offset >= offset) return place;
  }
}

/// Where to cut a slice that begins with `first` and may have `max_bytes`: behind the last whole
/// batch that is easy to find.
Result<std::uint64_t> cut_at(Segment& segment, const fs::File& file, const BatchPlace& first,
                             std::uint64_t max_bytes, std::uint64_t limit) {
  const auto wanted = first.position + max_bytes;
  const auto first_end = first.position + first.size_bytes;
  if (wanted >= limit) return limit;
  if (wanted <= first_end) return first_end;
  TRY_ASSIGN(const auto known, segment.batch_start_before(wanted));
  if (known > first_end) return known;
  auto end = first_end;
  HeaderWalk walk(file, first_end, limit);
  while (true) {
    TRY_ASSIGN(const auto place, walk.next());
    if (!place || place->position + place->size_bytes > wanted) return end;
    end = place->position + place->size_bytes;
  }
}

/// Files without a descriptor are read into memory.
Result<protocol::Records> to_records(std::shared_ptr<fs::File> file, std::uint64_t position,
                                     std::size_t size_bytes) {
  if (const auto descriptor = file->descriptor(); descriptor >= 0) {
    return protocol::Records::file(descriptor, position, size_bytes, std::move(file));
  }
  auto bytes = std::make_shared<Bytes>(size_bytes);
  TRY_ASSIGN(const auto count, file->read_at(*bytes, position));
  bytes->resize(count);
  const ByteView view(*bytes);
  return protocol::Records::memory(view, std::move(bytes));
}

}  // namespace

ReadResult PartitionLog::read(const ReadOptions& options) {
  ReadResult result;
  result.records = protocol::Records::empty();
  const auto snapshot = this->snapshot(options.to_log_end);
  result.offsets = snapshot.offsets;
  if (is_offline()) {
    result.error = ErrorCode::KAFKA_STORAGE_ERROR;
    return result;
  }
  if (options.from < snapshot.offsets.log_start || options.from > snapshot.offsets.log_end) {
    result.error = ErrorCode::OFFSET_OUT_OF_RANGE;
    return result;
  }
  const bool committed = options.isolation == Isolation::kReadCommitted && !options.to_log_end;
  const auto bound = committed ? snapshot.offsets.last_stable : snapshot.limit.offset;
  if (options.from >= bound) return result;
  if (damage_ && options.from >= damage_->at.offset) {
    result.error = ErrorCode::CORRUPT_MESSAGE;
    return result;
  }
  const auto& segments = *snapshot.segments;
  const auto after = std::ranges::upper_bound(
      segments, options.from, {}, [](const auto& segment) { return segment->base_offset(); });
  auto index = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - segments.begin(), 1) - 1);
  // Offsets may be missing at the end of a segment: then the next one has the first batch.
  for (; index < segments.size(); ++index) {
    Offset end = bound;
    auto records = slice(snapshot, index, options, result, end);
    if (!records) {
      log::error(records.error().message());
      result.error = records.error().kind() == ErrorKind::kBadInput
                         ? ErrorCode::CORRUPT_MESSAGE
                         : ErrorCode::KAFKA_STORAGE_ERROR;
      return result;
    }
    if (result.would_wait) return result;
    if (records->is_null()) continue;
    result.records = std::move(*records);
    if (committed) result.aborted = aborted_in(snapshot, index, options.from, end);
    return result;
  }
  return result;
}

/// What one segment has from options.from up to `end`, which becomes the offset behind it; null
/// when it has nothing.
Result<protocol::Records> PartitionLog::slice(const Snapshot& snapshot, std::size_t segment_index,
                                              const ReadOptions& options, ReadResult& result,
                                              Offset& end) {
  const auto& segments = *snapshot.segments;
  auto& segment = *segments[segment_index];
  if (segment.base_offset() > snapshot.limit.segment) return protocol::Records::null();
  auto limit = segment.base_offset() == snapshot.limit.segment ? snapshot.limit.position
                                                               : segment.size_bytes();
  if (damage_ && segment.base_offset() >= damage_->at.segment) {
    limit = segment.base_offset() == damage_->at.segment ? damage_->at.position : 0;
  }
  if (limit == 0) return protocol::Records::null();
  result.would_wait = options.without_waiting && !segment.is_at_hand();
  if (result.would_wait) return protocol::Records::empty();
  TRY_ASSIGN(const auto file, segment.file());
  TRY_ASSIGN(const auto start, segment.position_before(options.from));
  const auto must_wait = [&](std::uint64_t position) {
    if (!options.without_waiting || position >= limit || is_recent(segment, position)) return false;
    const auto walk = std::min<std::uint64_t>(kWalkChunkBytes, limit - position);
    return !file->is_cached(position, static_cast<std::size_t>(walk));
  };
  result.would_wait = must_wait(start);
  if (result.would_wait) return protocol::Records::empty();
  const bool is_last = segment_index + 1 == segments.size();
  const auto next_base =
      is_last ? snapshot.limit.offset : segments[segment_index + 1]->base_offset();
  if (end < std::min(snapshot.limit.offset, next_base)) {
    // An open transaction begins in this segment.
    TRY_ASSIGN(const auto before_end, segment.position_before(end));
    result.would_wait = must_wait(before_end);
    if (result.would_wait) return protocol::Records::empty();
    TRY_ASSIGN(const auto unstable, find_batch(*file, std::min(before_end, limit), limit, end));
    if (unstable) limit = unstable->position;
  } else {
    end = std::min(end, next_base);
  }
  TRY_ASSIGN(auto first, find_batch(*file, std::min(start, limit), limit, options.from));
  if (!first && start > 0) {
    // The index may have led astray: once more from the front, with a new one.
    TRY_ASSIGN(first, find_batch(*file, 0, limit, options.from));
    if (first) TRY(segment.forget_indexes());
  }
  if (!first) return protocol::Records::null();
  if (first->size_bytes > options.max_bytes && !options.at_least_one_batch) {
    return protocol::Records::empty();
  }
  TRY_ASSIGN(const auto cut, cut_at(segment, *file, *first, options.max_bytes, limit));
  const auto size = static_cast<std::size_t>(cut - first->position);
  if (options.isolation == Isolation::kReadCommitted && cut < limit &&
      has_aborted_before(snapshot, segment_index, end)) {
    result.would_wait = must_wait(cut);
    if (result.would_wait) return protocol::Records::empty();
    TRY_ASSIGN(const auto next, HeaderWalk(*file, cut, limit).next());
    if (next) end = next->base_offset;
  }
  result.cold = !is_recent(segment, first->position) && !file->is_cached(first->position, size);
  return to_records(file, first->position, size);
}

/// Whether the aborted transactions of a read up to `to` are worth looking for.
bool PartitionLog::has_aborted_before(const Snapshot& snapshot, std::size_t segment_index,
                                      Offset to) {
  const auto first = snapshot.segments->begin() + static_cast<std::ptrdiff_t>(segment_index);
  return std::any_of(first, snapshot.segments->end(),
                     [&](const auto& segment) { return segment->aborted_from() < to; });
}

/// The aborted transactions that overlap [from, to), which begins in this segment.
std::vector<AbortedTxn> PartitionLog::aborted_in(const Snapshot& snapshot,
                                                 std::size_t segment_index, Offset from,
                                                 Offset to) {
  std::vector<AbortedTxn> found;
  const auto& segments = *snapshot.segments;
  for (auto i = segment_index; i < segments.size(); ++i) {
    if (!segments[i]->collect_aborted(from, to, found)) break;
  }
  std::ranges::sort(found, {}, &AbortedTxn::first_offset);
  return found;
}

/// Whether this process wrote it so lately that it is still in the page cache.
bool PartitionLog::is_recent(const Segment& segment, std::uint64_t position) const {
  const std::lock_guard lock(state_mutex_);
  return segment.base_offset() == end_.segment && position >= written_here_from_ &&
         position + kRecentTailBytes >= end_.position;
}

void PartitionLog::warm(const protocol::Records& records) {
  if (!records.is_file() || !records.owner()) return;
  const auto file = std::static_pointer_cast<const fs::File>(records.owner());
  file->warm(records.position(), records.size_bytes());
}

}  // namespace kreel::storage
