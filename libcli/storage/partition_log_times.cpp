#include <algorithm>
#include <limits>

#include "storage/batch_scanner.hpp"
#include "storage/partition_log.hpp"

// Look-ups by timestamp: the time index says where to begin, the batches' headers which of them,
// and only that one is opened.

namespace kreel::storage {
namespace {

/// The first record of `batch` in [from, bound) with a timestamp >= `timestamp_ms`.
Result<std::optional<OffsetAtTime>> find_in_batch(ByteView batch, TimestampMs timestamp_ms,
                                                  Offset from, Offset bound) {
  TRY_ASSIGN(auto reader, protocol::BatchReader::open(batch, kDecompressedBatchBytesMax));
  while (true) {
    TRY_ASSIGN(const auto record, reader.next());
    if (!record || record->offset >= bound) return std::nullopt;
    if (record->offset >= from && record->timestamp >= timestamp_ms) {
      return OffsetAtTime{record->offset, record->timestamp,
                          reader.header().partition_leader_epoch};
    }
  }
}

Result<Bytes> read_batch(const fs::File& file, const BatchScanner::Found& found) {
  Bytes bytes(found.header.size_bytes());
  TRY_ASSIGN(const auto count, file.read_at(bytes, found.position));
  if (count != bytes.size()) return fail(ErrorKind::kIo, file.path() + ": shorter than it was");
  return bytes;
}

}  // namespace

Result<std::optional<OffsetAtTime>> PartitionLog::find_by_timestamp(TimestampMs timestamp_ms,
                                                                    Isolation isolation) {
  const auto snapshot = this->snapshot(false);
  const auto bound = isolation == Isolation::kReadCommitted ? snapshot.offsets.last_stable
                                                            : snapshot.offsets.high_watermark;
  for (const auto& segment : *snapshot.segments) {
    if (segment->base_offset() > snapshot.limit.segment) break;
    TRY_ASSIGN(const auto times, segment->times());
    if (times.max < timestamp_ms) continue;
    const auto limit = segment->base_offset() == snapshot.limit.segment ? snapshot.limit.position
                                                                        : segment->size_bytes();
    TRY_ASSIGN(const auto found,
               find_in_segment(*segment, limit, timestamp_ms, snapshot.offsets, bound));
    if (found) return found;
  }
  return std::nullopt;
}

Result<std::optional<OffsetAtTime>> PartitionLog::find_in_segment(Segment& segment,
                                                                  std::uint64_t limit,
                                                                  TimestampMs timestamp_ms,
                                                                  const LogOffsets& offsets,
                                                                  Offset bound) {
  TRY_ASSIGN(const auto file, segment.file());
  TRY_ASSIGN(const auto offset, segment.offset_before_time(timestamp_ms));
  TRY_ASSIGN(const auto start, segment.position_before(std::max(offset, offsets.log_start)));
  BatchScanner scanner(*file, std::min(start, limit), limit, BatchScanner::Check::kHeaders);
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found || found->header.base_offset >= bound) return std::nullopt;
    if (found->header.max_timestamp < timestamp_ms) continue;
    if (found->header.last_offset() < offsets.log_start) continue;
    TRY_ASSIGN(const auto batch, read_batch(*file, *found));
    TRY_ASSIGN(const auto record, find_in_batch(batch, timestamp_ms, offsets.log_start, bound));
    if (record) return record;
  }
}

Result<std::optional<OffsetAtTime>> PartitionLog::find_max_timestamp(Isolation isolation) {
  const auto snapshot = this->snapshot(false);
  const auto bound = isolation == Isolation::kReadCommitted ? snapshot.offsets.last_stable
                                                            : snapshot.offsets.high_watermark;
  // The largest is looked for below the bound, which the active segment's own largest may be above:
  // so the candidates are tried from the largest down.
  struct Candidate {
    TimestampMs max = -1;
    std::shared_ptr<Segment> segment;
    bool is_whole = false;  // all of it may be looked at
  };
  const auto& segments = *snapshot.segments;
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto base = segments[i]->base_offset();
    if (base > snapshot.limit.segment || base >= bound) break;
    TRY_ASSIGN(const auto times, segments[i]->times());
    const auto end = base < snapshot.limit.segment ? segments[i + 1]->base_offset()
                                                   : snapshot.offsets.high_watermark;
    candidates.push_back({times.max, segments[i],
                          base >= snapshot.offsets.log_start && end <= bound &&
                              (base < snapshot.limit.segment ||
                               segments[i]->size_bytes() == snapshot.limit.position)});
  }
  std::ranges::stable_sort(candidates, std::greater<>(), &Candidate::max);
  std::optional<OffsetAtTime> best;
  for (const auto& candidate : candidates) {
    if (best && best->timestamp >= candidate.max) break;
    auto& segment = *candidate.segment;
    const auto limit = segment.base_offset() == snapshot.limit.segment ? snapshot.limit.position
                                                                       : segment.size_bytes();
    auto largest = candidate.max;
    if (!candidate.is_whole) {
      TRY_ASSIGN(largest, largest_below(segment, limit, snapshot.offsets.log_start, bound));
    }
    if (largest < 0 || (best && best->timestamp >= largest)) continue;
    TRY_ASSIGN(const auto found, find_in_segment(segment, limit, largest, snapshot.offsets, bound));
    if (found) best = found;
  }
  return best;
}

/// The largest timestamp of the batches before `limit` and `bound` that have records from
/// `log_start` on.
Result<TimestampMs> PartitionLog::largest_below(Segment& segment, std::uint64_t limit,
                                                Offset log_start, Offset bound) {
  TRY_ASSIGN(const auto file, segment.file());
  BatchScanner scanner(*file, 0, limit, BatchScanner::Check::kHeaders);
  TimestampMs largest = -1;
  while (true) {
    TRY_ASSIGN(const auto found, scanner.next());
    if (!found || found->header.base_offset >= bound) return largest;
    if (found->header.last_offset() < log_start || found->header.record_count == 0) continue;
    largest = std::max(largest, found->header.max_timestamp);
  }
}

}  // namespace kreel::storage
