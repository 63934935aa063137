#pragma once

#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::protocol {

/// What is left of a batch when records are taken out of it. Offsets, sequences, producer, codec
/// and the kind of timestamps stay those of the original.
struct BatchRemainder {
  BatchHeader original;
  /// At least one; as BatchReader::raw_record() gave them.
  std::span<const ByteView> records;
  /// The largest of `records`.
  TimestampMs max_timestamp = -1;
  /// When tombstones or a marker in it may go (KIP-534): it takes the place of the base timestamp.
  /// nullopt keeps what the original has.
  std::optional<TimestampMs> delete_horizon_ms;
};
/// kBadInput when a record is malformed.
Result<Bytes> rewrite_batch(const BatchRemainder& remainder);

/// The batch without any record: its offsets, sequences and producer (Kafka's empty batch).
Bytes empty_batch(const BatchHeader& original);

/// When tombstones or a marker of a batch may go.
inline std::optional<TimestampMs> delete_horizon_ms(const BatchHeader& header) {
  if (!header.has_delete_horizon()) return std::nullopt;
  return header.base_timestamp;
}

}  // namespace kreel::protocol
