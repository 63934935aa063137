#include "protocol/record_batch.hpp"

#include "base/assert.hpp"
#include "base/crc32c.hpp"
#include "protocol/batch_layout.hpp"

namespace kreel::protocol {

std::optional<BatchHeader> read_batch_header(ByteView bytes) {
  if (bytes.size() < kBatchHeaderBytes) return std::nullopt;
  const std::byte* at = bytes.data();
  BatchHeader header;
  header.base_offset = load_big_endian<std::int64_t>(at + layout::kBaseOffset);
  header.batch_length = load_big_endian<std::int32_t>(at + layout::kBatchLength);
  header.partition_leader_epoch = load_big_endian<std::int32_t>(at + layout::kLeaderEpoch);
  header.magic = static_cast<std::int8_t>(at[layout::kMagic]);
  header.crc = load_big_endian<std::uint32_t>(at + layout::kCrc);
  header.attributes = load_big_endian<std::int16_t>(at + layout::kAttributes);
  header.last_offset_delta = load_big_endian<std::int32_t>(at + layout::kLastOffsetDelta);
  header.base_timestamp = load_big_endian<std::int64_t>(at + layout::kBaseTimestamp);
  header.max_timestamp = load_big_endian<std::int64_t>(at + layout::kMaxTimestamp);
  header.producer_id = load_big_endian<std::int64_t>(at + layout::kProducerId);
  header.producer_epoch = load_big_endian<std::int16_t>(at + layout::kProducerEpoch);
  header.base_sequence = load_big_endian<std::int32_t>(at + layout::kBaseSequence);
  header.record_count = load_big_endian<std::int32_t>(at + layout::kRecordCount);
  constexpr auto kLeastLength = static_cast<std::int32_t>(kBatchHeaderBytes - kBatchPrefixBytes);
  if (header.magic != 2 || header.batch_length < kLeastLength) return std::nullopt;
  return header;
}

Bytes encode_batch(const BatchHeader& header, ByteView records) {
  const std::size_t length = kBatchHeaderBytes - kBatchPrefixBytes + records.size();
  KREEL_ASSERT(length <= INT32_MAX, "a batch fits its length field");
  Bytes batch(kBatchPrefixBytes + length);
  std::byte* const at = batch.data();
  store_big_endian(at + layout::kBaseOffset, header.base_offset);
  store_big_endian(at + layout::kBatchLength, static_cast<std::int32_t>(length));
  store_big_endian(at + layout::kLeaderEpoch, header.partition_leader_epoch);
  at[layout::kMagic] = std::byte{2};
  store_big_endian(at + layout::kAttributes, header.attributes);
  store_big_endian(at + layout::kLastOffsetDelta, header.last_offset_delta);
  store_big_endian(at + layout::kBaseTimestamp, header.base_timestamp);
  store_big_endian(at + layout::kMaxTimestamp, header.max_timestamp);
  store_big_endian(at + layout::kProducerId, header.producer_id);
  store_big_endian(at + layout::kProducerEpoch, header.producer_epoch);
  store_big_endian(at + layout::kBaseSequence, header.base_sequence);
  store_big_endian(at + layout::kRecordCount, header.record_count);
  if (!records.empty()) std::memcpy(at + kBatchHeaderBytes, records.data(), records.size());
  store_big_endian(at + layout::kCrc, crc32c(ByteView(batch).subspan(layout::kAttributes)));
  return batch;
}

bool batch_crc_is_valid(ByteView batch) {
  if (batch.size() < kBatchHeaderBytes) return false;
  const auto stored = load_big_endian<std::uint32_t>(batch.data() + layout::kCrc);
  return stored == crc32c(batch.subspan(layout::kAttributes));
}

void set_base_offset(MutableByteView batch, Offset base_offset) {
  store_big_endian(batch.data() + layout::kBaseOffset, base_offset);
}

void set_partition_leader_epoch(MutableByteView batch, LeaderEpoch epoch) {
  store_big_endian(batch.data() + layout::kLeaderEpoch, epoch);
}

void set_max_timestamp(MutableByteView batch, TimestampType type, TimestampMs max_timestamp) {
  auto attributes = load_big_endian<std::uint16_t>(batch.data() + layout::kAttributes);
  attributes = static_cast<std::uint16_t>(attributes & ~layout::kLogAppendTimeBit);
  if (type == TimestampType::kLogAppendTime) attributes |= layout::kLogAppendTimeBit;
  store_big_endian(batch.data() + layout::kAttributes, attributes);
  store_big_endian(batch.data() + layout::kMaxTimestamp, max_timestamp);
  store_big_endian(batch.data() + layout::kCrc, crc32c(batch.subspan(layout::kAttributes)));
}

}  // namespace kreel::protocol
