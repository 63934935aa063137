#include "protocol/record_batch.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "base/crc32c.hpp"
#include "protocol/batch_layout.hpp"
#include "protocol/record_cursor.hpp"

namespace kreel::protocol {
namespace {

constexpr std::size_t kPlenty = 1 << 20;
/// The smallest record: length 6 (zig-zag 12), attributes, both deltas, null key, null value, no
/// headers.
constexpr std::string_view kLeastRecord("\x0c\0\0\0\x01\x01\0", 7);

NewRecord record(TimestampMs timestamp, std::string_view key, std::string_view value) {
  NewRecord made;
  made.timestamp = timestamp;
  made.key = as_bytes(key);
  made.value = as_bytes(value);
  return made;
}

BatchReader opened(ByteView batch) {
  Result<BatchReader> reader = BatchReader::open(batch, kPlenty);
  REQUIRE(reader.has_value());
  return std::move(*reader);
}

/// The error of reading `batch` to its end; empty when there is none.
std::string read_error(ByteView batch, std::size_t max_bytes = kPlenty) {
  Result<BatchReader> reader = BatchReader::open(batch, max_bytes);
  if (!reader) return reader.error().message();
  for (;;) {
    Result<std::optional<RecordView>> next = reader->next();
    if (!next) return next.error().message();
    if (!*next) return {};
  }
}

/// A batch of one uncompressed record with this body, whatever the body is.
Bytes batch_around(std::string_view records, std::int32_t count) {
  BatchBuilder builder({});
  builder.append({});
  Bytes batch = builder.build();
  batch.resize(kBatchHeaderBytes);
  const ByteView content = as_bytes(records);
  batch.insert(batch.end(), content.begin(), content.end());
  store_big_endian(batch.data() + layout::kBatchLength,
                   static_cast<std::int32_t>(batch.size() - kBatchPrefixBytes));
  store_big_endian(batch.data() + layout::kRecordCount, count);
  return batch;
}

}  // namespace

TEST_CASE("record batch: a built batch carries its header and a valid CRC") {
  BatchBuilder builder({.base_offset = 100,
                        .partition_leader_epoch = 7,
                        .producer_id = 9001,
                        .producer_epoch = 3,
                        .base_sequence = 40,
                        .transactional = true});
  builder.append(record(1'700'000'000'005, "a", "1"));
  builder.append(record(1'700'000'000'009, "b", "2"));
  builder.append(record(1'700'000'000'001, "c", "3"));
  CHECK(builder.record_count() == 3);
  const Bytes batch = builder.build();
  const std::optional<BatchHeader> header = read_batch_header(batch);
  REQUIRE(header.has_value());
  CHECK(header->size_bytes() == batch.size());
  CHECK(header->base_offset == 100);
  CHECK(header->last_offset() == 102);
  CHECK(header->partition_leader_epoch == 7);
  CHECK(header->base_timestamp == 1'700'000'000'005);
  CHECK(header->max_timestamp == 1'700'000'000'009);
  CHECK(header->producer_id == 9001);
  CHECK(header->producer_epoch == 3);
  CHECK(header->base_sequence == 40);
  CHECK(header->record_count == 3);
  CHECK(header->is_transactional());
  CHECK_FALSE(header->is_control());
  CHECK(batch_crc_is_valid(batch));
  CHECK(builder.record_count() == 0);
}

TEST_CASE("record batch: every codec gives back keys, values, nulls, headers and times") {
  for (int codec = 0; codec <= 4; ++codec) {
    CAPTURE(codec);
    BatchBuilder builder({.compression = static_cast<Compression>(codec)});
    NewRecord full = record(-1, "key", "value");
    full.headers = {{"h1", as_bytes("v1")}, {"", std::nullopt}, {"h1", as_bytes("")}};
    builder.append(full);
    NewRecord nulls;
    nulls.timestamp = 1LL << 50;
    builder.append(nulls);
    builder.append(record(0, "", ""));
    const Bytes batch = builder.build();
    BatchReader reader = opened(batch);

    const std::optional<RecordView> first = *reader.next();
    REQUIRE(first.has_value());
    CHECK(first->offset == 0);
    CHECK(first->timestamp == -1);
    CHECK(as_text(*first->key) == "key");
    CHECK(as_text(*first->value) == "value");
    REQUIRE(first->headers.size() == 3);
    CHECK(first->headers[0].key == "h1");
    CHECK(as_text(*first->headers[0].value) == "v1");
    CHECK(first->headers[1].key.empty());
    CHECK_FALSE(first->headers[1].value.has_value());
    CHECK(first->headers[2].value->empty());

    const std::optional<RecordView> second = *reader.next();
    CHECK(second->offset == 1);
    CHECK(second->timestamp == 1LL << 50);
    CHECK_FALSE(second->key.has_value());
    CHECK_FALSE(second->value.has_value());
    const std::optional<RecordView> third = *reader.next();
    REQUIRE(third->key.has_value());
    CHECK(third->key->empty());
    CHECK_FALSE((*reader.next()).has_value());
    CHECK_FALSE((*reader.next()).has_value());
  }
}

TEST_CASE("record batch: a moved reader keeps its views") {
  BatchBuilder builder({.compression = Compression::kLz4});
  builder.append(record(1, "key", "value"));
  const Bytes batch = builder.build();
  BatchReader reader = opened(batch);
  const std::optional<RecordView> first = *reader.next();
  const BatchReader moved = std::move(reader);
  CHECK(as_text(*first->value) == "value");
}

TEST_CASE("record batch: offsets keep their holes") {
  BatchBuilder builder({.base_offset = 10});
  builder.append_at(12, record(1, "a", ""));
  builder.append_at(500, record(1, "b", ""));
  const Bytes batch = builder.build();
  CHECK(read_batch_header(batch)->last_offset() == 500);
  BatchReader reader = opened(batch);
  CHECK((*reader.next())->offset == 12);
  CHECK((*reader.next())->offset == 500);
}

TEST_CASE("record batch: with LogAppendTime every record has the batch's time") {
  BatchBuilder builder({.timestamp_type = TimestampType::kLogAppendTime});
  builder.append(record(5, "a", ""));
  builder.append(record(9, "b", ""));
  const Bytes batch = builder.build();
  BatchReader reader = opened(batch);
  CHECK((*reader.next())->timestamp == 9);
  CHECK((*reader.next())->timestamp == 9);
}

TEST_CASE("record batch: base offset and leader epoch change without the CRC") {
  BatchBuilder builder({});
  builder.append(record(5, "a", ""));
  Bytes batch = builder.build();
  const std::uint32_t crc = read_batch_header(batch)->crc;
  set_base_offset(batch, 1LL << 40);
  set_partition_leader_epoch(batch, 77);
  CHECK(read_batch_header(batch)->base_offset == 1LL << 40);
  CHECK(read_batch_header(batch)->partition_leader_epoch == 77);
  CHECK(read_batch_header(batch)->crc == crc);
  CHECK(batch_crc_is_valid(batch));
}

TEST_CASE("record batch: setting the largest timestamp makes the CRC anew and keeps other bits") {
  BatchBuilder builder({.compression = Compression::kZstd, .transactional = true});
  builder.append(record(5, "a", ""));
  Bytes batch = builder.build();
  set_max_timestamp(batch, TimestampType::kLogAppendTime, 123);
  CHECK(batch_crc_is_valid(batch));
  BatchHeader header = *read_batch_header(batch);
  CHECK(header.timestamp_type() == TimestampType::kLogAppendTime);
  CHECK(header.max_timestamp == 123);
  CHECK(header.compression() == Compression::kZstd);
  CHECK(header.is_transactional());
  set_max_timestamp(batch, TimestampType::kCreateTime, 5);
  CHECK(read_batch_header(batch)->timestamp_type() == TimestampType::kCreateTime);
  CHECK(batch_crc_is_valid(batch));
}

TEST_CASE("record batch: any flipped bit from the attributes on breaks the CRC") {
  BatchBuilder builder({});
  builder.append(record(5, "key", "value"));
  const Bytes batch = builder.build();
  for (std::size_t at = layout::kCrc; at < batch.size(); ++at) {
    Bytes damaged = batch;
    damaged[at] ^= std::byte{0x10};
    CAPTURE(at);
    CHECK_FALSE(batch_crc_is_valid(damaged));
  }
  CHECK_FALSE(batch_crc_is_valid(ByteView(batch).first(60)));
}

TEST_CASE("record batch: no header from short, old or lying bytes") {
  BatchBuilder builder({});
  builder.append({});
  Bytes batch = builder.build();
  CHECK_FALSE(read_batch_header(ByteView(batch).first(60)).has_value());
  store_big_endian<std::int32_t>(batch.data() + layout::kBatchLength, 48);
  CHECK_FALSE(read_batch_header(batch).has_value());
  store_big_endian<std::int32_t>(batch.data() + layout::kBatchLength, -1);
  CHECK_FALSE(read_batch_header(batch).has_value());
  store_big_endian<std::int32_t>(batch.data() + layout::kBatchLength, 1000);
  CHECK(read_error(batch).find("cut off") != std::string::npos);
  batch[layout::kMagic] = std::byte{1};
  CHECK_FALSE(read_batch_header(batch).has_value());
}

TEST_CASE("record batch: a record count that the bytes cannot hold is refused at once") {
  for (const std::int32_t count : {-1, 2, 1'000'000, INT32_MAX}) {
    CAPTURE(count);
    CHECK_FALSE(read_error(batch_around(kLeastRecord, count)).empty());
  }
}

TEST_CASE("record batch: a base offset that no log has is refused, its sums do not overflow") {
  BatchBuilder builder({});
  builder.append({});
  Bytes batch = builder.build();
  for (const Offset offset :
       {Offset{-1}, std::numeric_limits<Offset>::min(), std::numeric_limits<Offset>::max()}) {
    set_base_offset(batch, offset);
    CHECK(read_error(batch).find("no log has") != std::string::npos);
    CHECK(read_batch_header(batch)->last_offset() == offset);
  }
  store_big_endian<std::int32_t>(batch.data() + layout::kLastOffsetDelta, 1);
  CHECK(read_batch_header(batch)->last_offset() == std::numeric_limits<Offset>::min());
}

TEST_CASE("record batch: malformed records are errors, never reads out of bounds") {
  CHECK(read_error(batch_around(kLeastRecord, 1)).empty());
  const std::string_view bad[] = {
      {"\x0c\0\0\0\x01\x01", 6},                           // cut off
      {"\x0a\0\0\0\x01\x01\0", 7},                         // length one too small
      {"\x0e\0\0\0\x01\x01\0\0", 8},                       // length one too large
      {"\x0b\0\0\0\x01\x01\0", 7},                         // negative length
      {"\x0c\0\0\0\x03\x01\0", 7},                         // key length -2
      {"\x0c\0\0\0\x01\x03\0", 7},                         // value length -2
      {"\x0c\0\0\0\x04\x01\0", 7},                         // key over the end
      {"\x0c\0\0\0\x01\x04\0", 7},                         // value over the end
      {"\x0c\0\0\0\x01\x01\x01", 7},                       // header count -1
      {"\x0c\0\0\0\x01\x01\x02", 7},                       // a header that is not there
      {"\x10\0\0\0\x01\x01\x02\x01\x01", 9},               // null header key
      {"\x10\0\0\0\x01\x01\x02\0\x03", 9},                 // header value length -2
      {"\x12\0\0\0\x01\x01\x02\0\x01\0", 10},              // bytes after the headers
      {"\x14\0\0\x80\x80\x80\x80\x10\x01\x01\0", 11},      // offset delta over 2^32
      {"\x16\0\0\x80\x80\x80\x80\x80\0\x01\x01\0", 12},    // varint of six bytes
      {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0", 11},  // varint without end
  };
  for (const std::string_view records : bad) {
    CAPTURE(&records - bad);
    CHECK_FALSE(read_error(batch_around(records, 1)).empty());
  }
}

TEST_CASE("record batch: bytes after the last record are an error") {
  std::string two(kLeastRecord);
  two += kLeastRecord;
  CHECK(read_error(batch_around(two, 1)).find("after the last") != std::string::npos);
}

TEST_CASE("record batch: a bomb is refused by the bound on what it unpacks to") {
  const std::string zeros(200'000, '\0');
  for (int codec = 1; codec <= 4; ++codec) {
    CAPTURE(codec);
    BatchBuilder builder({.compression = static_cast<Compression>(codec)});
    builder.append(record(1, "k", zeros));
    const Bytes batch = builder.build();
    CHECK(read_error(batch, 100'000).find("limit") != std::string::npos);
    CHECK(read_error(batch, 200'100).empty());
  }
}

TEST_CASE("varint: the edges of 32 and 64 bits go there and back") {
  for (const std::int64_t value :
       {0LL, -1LL, 1LL, 63LL, 64LL, -64LL, -65LL, 8191LL, 8192LL, -8193LL, 2147483647LL,
        -2147483648LL, (1LL << 62), std::numeric_limits<long long>::max(),
        std::numeric_limits<long long>::min()}) {
    std::byte buffer[kMaxVarlongBytes];
    const std::byte* const end = put_varint(buffer, value);
    CHECK(static_cast<std::size_t>(end - buffer) == varint_bytes(value));
    CHECK(get_varint<kMaxVarlongBytes>(buffer, end).after == end);
    CHECK(get_varint<kMaxVarlongBytes>(buffer, end).value() == value);
    CHECK(get_varint<kMaxVarlongBytes>(buffer, end - 1).after == nullptr);
    const bool is_int32 = value == static_cast<std::int32_t>(value);
    CHECK((get_varint<kMaxVarintBytes>(buffer, end).after == end) == is_int32);
  }
}

}  // namespace kreel::protocol
