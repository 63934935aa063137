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
    const BatchPlace place{position_, header->size_bytes(), header->last_offset()};
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
  if (options.from >= snapshot.limit.offset) return result;
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
    auto records = slice(snapshot, index, options, result);
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
    return result;
  }
  return result;
}

/// What one segment has from options.from on; null when it has nothing.
Result<protocol::Records> PartitionLog::slice(const Snapshot& snapshot, std::size_t segment_index,
                                              const ReadOptions& options, ReadResult& result) {
  auto& segment = *(*snapshot.segments)[segment_index];
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
  if (options.without_waiting && start < limit && !is_recent(segment, start)) {
    const auto walk = std::min<std::uint64_t>(kWalkChunkBytes, limit - start);
    result.would_wait = !file->is_cached(start, static_cast<std::size_t>(walk));
    if (result.would_wait) return protocol::Records::empty();
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
  TRY_ASSIGN(const auto end, cut_at(segment, *file, *first, options.max_bytes, limit));
  const auto size = static_cast<std::size_t>(end - first->position);
  result.cold = !is_recent(segment, first->position) && !file->is_cached(first->position, size);
  return to_records(file, first->position, size);
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
