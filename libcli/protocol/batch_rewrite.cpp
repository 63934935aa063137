#include "protocol/batch_rewrite.hpp"

#include "base/assert.hpp"
#include "protocol/batch_layout.hpp"
#include "protocol/compression.hpp"
#include "protocol/varint.hpp"

namespace kreel::protocol {
namespace {

void append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_varint(Bytes& to, std::int64_t value) {
  const auto at = to.size();
  to.resize(at + varint_bytes(value));
  put_varint(to.data() + at, value);
}

/// The same record for another base timestamp. False when it is malformed.
bool append_shifted(Bytes& to, ByteView record, TimestampMs from_base, TimestampMs to_base) {
  const auto* const end = record.data() + record.size();
  const auto length = get_varint<kMaxVarintBytes>(record.data(), end);
  if (length.after == nullptr || length.after == end) return false;
  const auto* const attributes = length.after;
  const auto delta = get_varint<kMaxVarlongBytes>(attributes + 1, end);
  if (delta.after == nullptr) return false;
  const auto timestamp = timestamp_sum(from_base, delta.value());
  const auto shifted = timestamp_difference(timestamp, to_base);
  const ByteView rest(delta.after, end);
  append_varint(to, static_cast<std::int64_t>(1 + varint_bytes(shifted) + rest.size()));
  to.push_back(*attributes);
  append_varint(to, shifted);
  append(to, rest);
  return true;
}

}  // namespace

Result<Bytes> rewrite_batch(const BatchRemainder& remainder) {
  KREEL_ASSERT(!remainder.records.empty(), "an empty batch has a form of its own");
  auto header = remainder.original;
  header.max_timestamp = remainder.max_timestamp;
  header.record_count = static_cast<std::int32_t>(remainder.records.size());
  if (remainder.delete_horizon_ms) {
    header.attributes = static_cast<std::int16_t>(header.attributes | layout::kDeleteHorizonBit);
    header.base_timestamp = *remainder.delete_horizon_ms;
  }
  Bytes records;
  for (const auto record : remainder.records) {
    if (!remainder.delete_horizon_ms) {
      append(records, record);
    } else if (!append_shifted(records, record, remainder.original.base_timestamp,
                               header.base_timestamp)) {
      return fail(ErrorKind::kBadInput, "a malformed record cannot be rewritten");
    }
  }
  if (header.compression() == Compression::kNone) return encode_batch(header, records);
  return encode_batch(header, compress(header.compression(), records));
}

Bytes empty_batch(const BatchHeader& original) {
  auto header = original;
  header.attributes = static_cast<std::int16_t>(
      header.attributes &
      (layout::kLogAppendTimeBit | layout::kTransactionalBit | layout::kControlBit));
  header.base_timestamp = -1;
  header.record_count = 0;
  return encode_batch(header, {});
}

}  // namespace kreel::protocol
