#include "base/assert.hpp"
#include "protocol/batch_layout.hpp"
#include "protocol/compression.hpp"
#include "protocol/record_batch.hpp"
#include "protocol/varint.hpp"

namespace kreel::protocol {
namespace {

std::int64_t length_or_null(const std::optional<ByteView>& bytes) {
  return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
}

std::size_t sized_bytes(const std::optional<ByteView>& bytes) {
  return varint_bytes(length_or_null(bytes)) + (bytes ? bytes->size() : 0);
}

std::byte* put_bytes(std::byte* to, ByteView bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

std::byte* put_sized(std::byte* to, const std::optional<ByteView>& bytes) {
  to = put_varint(to, length_or_null(bytes));
  return bytes ? put_bytes(to, *bytes) : to;
}

std::size_t body_bytes(const NewRecord& record, std::int64_t timestamp_delta,
                       std::int64_t offset_delta) {
  std::size_t total = 1 + varint_bytes(timestamp_delta) + varint_bytes(offset_delta) +
                      sized_bytes(record.key) + sized_bytes(record.value) +
                      varint_bytes(static_cast<std::int64_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    total += sized_bytes(as_bytes(header.key)) + sized_bytes(header.value);
  }
  return total;
}

}  // namespace

void BatchBuilder::append(const NewRecord& record) {
  append_at(options_.base_offset + last_offset_delta_ + 1, record);
}

void BatchBuilder::append_at(Offset offset, const NewRecord& record) {
  const std::int64_t offset_delta = offset - options_.base_offset;
  KREEL_ASSERT(offset_delta > last_offset_delta_ && offset_delta <= INT32_MAX,
               "offsets rise within a batch");
  if (count_ == 0) base_timestamp_ = record.timestamp;
  const std::int64_t timestamp_delta = timestamp_difference(record.timestamp, base_timestamp_);
  const std::size_t body = body_bytes(record, timestamp_delta, offset_delta);

  const std::size_t start = records_.size();
  const auto length = static_cast<std::int64_t>(body);
  records_.resize(start + varint_bytes(length) + body);
  std::byte* to = put_varint(records_.data() + start, length);
  *to++ = std::byte{0};  // attributes
  to = put_varint(to, timestamp_delta);
  to = put_varint(to, offset_delta);
  to = put_sized(to, record.key);
  to = put_sized(to, record.value);
  to = put_varint(to, static_cast<std::int64_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    to = put_sized(to, as_bytes(header.key));
    to = put_sized(to, header.value);
  }
  KREEL_ASSERT(to == records_.data() + records_.size(), "a record is as long as computed");

  last_offset_delta_ = static_cast<std::int32_t>(offset_delta);
  if (count_ == 0 || record.timestamp > max_timestamp_) max_timestamp_ = record.timestamp;
  ++count_;
}

Bytes BatchBuilder::build() {
  KREEL_ASSERT(count_ > 0, "a batch has at least one record");
  if (options_.compression != Compression::kNone) {
    records_ = compress(options_.compression, records_, options_.compression_level);
  }
  std::uint16_t attributes = static_cast<std::uint16_t>(options_.compression);
  if (options_.timestamp_type == TimestampType::kLogAppendTime) {
    attributes |= layout::kLogAppendTimeBit;
  }
  if (options_.transactional) attributes |= layout::kTransactionalBit;
  if (options_.control) attributes |= layout::kControlBit;

  BatchHeader header;
  header.base_offset = options_.base_offset;
  header.partition_leader_epoch = options_.partition_leader_epoch;
  header.attributes = static_cast<std::int16_t>(attributes);
  header.last_offset_delta = last_offset_delta_;
  header.base_timestamp = base_timestamp_;
  header.max_timestamp = max_timestamp_;
  header.producer_id = options_.producer_id;
  header.producer_epoch = options_.producer_epoch;
  header.base_sequence = options_.base_sequence;
  header.record_count = count_;
  Bytes batch = encode_batch(header, records_);
  *this = BatchBuilder(options_);
  return batch;
}

}  // namespace kreel::protocol
