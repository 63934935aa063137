#include "storage/batch_cleaner.hpp"

#include <algorithm>
#include <limits>

#include "base/planted_bug.hpp"
#include "protocol/batch_rewrite.hpp"
#include "storage/limits.hpp"

namespace kreel::storage {
namespace {

/// Not before the end of time where delete.retention.ms is as large as can be.
TimestampMs horizon_after(TimestampMs now_ms, std::int64_t delete_retention_ms) {
  const auto most = std::numeric_limits<TimestampMs>::max() - std::max<TimestampMs>(now_ms, 0);
  return now_ms + std::min(delete_retention_ms, most);
}

void append_bytes(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

bool BatchCleaner::is_last_of_producer(const protocol::BatchHeader& header) const {
  if (header.producer_id < 0) return false;
  const auto found = options_.producers.find(header.producer_id);
  if (found == options_.producers.end()) return false;
  const auto& last = found->second;
  if (last.last_data_offset >= 0) return header.last_offset() == last.last_data_offset;
  return header.is_control() && header.producer_epoch == last.epoch;
}

bool BatchCleaner::stays(const protocol::BatchHeader& header,
                         const protocol::RecordView& record) const {
  if (header.is_control() && !KREEL_BUG("compact_markers_by_key")) return true;
  if (record.offset >= options_.mapped_to) return true;
  if (!record.key) return false;  // of a time when the topic was not compacted
  const auto newest = options_.newest.find(*record.key);
  if (newest && record.offset < *newest) return false;
  if (record.value) return true;
  if (KREEL_BUG("drop_tombstones_at_once")) return false;
  const auto horizon = protocol::delete_horizon_ms(header);
  return !horizon || options_.now_ms < *horizon;
}

/// The records of `batch` that stay, into chosen_.
Result<void> BatchCleaner::choose_records(ByteView batch) {
  chosen_.clear();
  has_tombstone_ = false;
  max_timestamp_ = std::numeric_limits<TimestampMs>::min();
  TRY_ASSIGN(reader_, protocol::BatchReader::open(batch, kDecompressedBatchBytesMax));
  while (true) {
    TRY_ASSIGN(const auto record, reader_->next());
    if (!record) return {};
    if (!stays(header_, *record)) continue;
    chosen_.push_back(reader_->raw_record());
    max_timestamp_ = std::max(max_timestamp_, record->timestamp);
    has_tombstone_ = has_tombstone_ || !record->value;
  }
}

Result<std::optional<protocol::BatchHeader>> BatchCleaner::clean(ByteView batch,
                                                                 bool is_last_of_segment,
                                                                 Bytes& to) {
  header_ = *protocol::read_batch_header(batch);
  counts_.bytes_read += batch.size();
  counts_.records_read += static_cast<std::uint64_t>(header_.record_count);
  const auto horizon = protocol::delete_horizon_ms(header_);
  const bool is_needless_marker =
      header_.is_control() && transactions_.marker_is_needless(header_, batch);
  const bool goes_whole = header_.is_control()
                              ? is_needless_marker && horizon && *horizon <= options_.now_ms
                              : transactions_.is_aborted(header_);
  chosen_.clear();
  if (!goes_whole) TRY(choose_records(batch));

  const auto note = [&](ByteView written) {
    counts_.bytes_written += written.size();
    counts_.records_written += chosen_.size();
    append_bytes(to, written);
    return protocol::read_batch_header(written);
  };
  if (chosen_.empty()) {
    const bool is_kept = is_last_of_segment || is_last_of_producer(header_);
    if (is_kept && header_.record_count == 0) return note(batch);
    has_changed_any_ = true;
    if (!is_kept) return std::nullopt;
    return note(protocol::empty_batch(header_));
  }
  const bool gets_horizon = (has_tombstone_ || is_needless_marker) && !horizon;
  const bool is_whole = chosen_.size() == static_cast<std::size_t>(header_.record_count);
  if (is_whole && !gets_horizon) return note(batch);
  has_changed_any_ = true;
  protocol::BatchRemainder remainder{header_, chosen_, max_timestamp_, std::nullopt};
  if (gets_horizon) {
    remainder.delete_horizon_ms = horizon_after(options_.now_ms, options_.delete_retention_ms);
  }
  TRY_ASSIGN(const auto rewritten, protocol::rewrite_batch(remainder));
  return note(rewritten);
}

}  // namespace kreel::storage
