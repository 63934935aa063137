#include "protocol/record_validation.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/crc32c.hpp"
#include "protocol/batch_layout.hpp"
#include "unit/protocol/allocation_peak.hpp"

namespace kreel::protocol {
namespace {

constexpr TimestampMs kNow = 1'700'000'000'000;

ValidationOptions options() {
  ValidationOptions made;
  made.now_ms = kNow;
  made.timestamp_after_max_ms = 3'600'000;
  return made;
}

struct Given {
  TimestampMs timestamp = kNow;
  std::optional<std::string_view> key = "key";
};

Bytes batch_of(std::initializer_list<Given> records, BatchBuilder::Options how = {}) {
  BatchBuilder builder(how);
  for (const Given& given : records) {
    NewRecord record;
    record.timestamp = given.timestamp;
    if (given.key) record.key = as_bytes(*given.key);
    record.value = as_bytes("some value");
    record.headers = {{"header", as_bytes("x")}};
    builder.append(record);
  }
  return builder.build();
}

NewRecord bare_record() {
  NewRecord record;
  record.timestamp = kNow;
  return record;
}

void fix_crc(Bytes& batch) {
  const ByteView checked = ByteView(batch).subspan(layout::kAttributes);
  store_big_endian(batch.data() + layout::kCrc, crc32c(checked));
}

template <class Int>
Bytes with_field(Bytes batch, std::size_t at, Int value) {
  store_big_endian(batch.data() + at, value);
  fix_crc(batch);
  return batch;
}

ErrorCode error_of(Bytes batch, const ValidationOptions& how = options()) {
  return validate_client_batch(batch, how).error;
}

std::vector<Offset> offsets_in(ByteView batch) {
  std::vector<Offset> offsets;
  Result<BatchReader> reader = BatchReader::open(batch, 1 << 20);
  REQUIRE(reader.has_value());
  for (;;) {
    Result<std::optional<RecordView>> next = reader->next();
    REQUIRE(next.has_value());
    if (!*next) return offsets;
    offsets.push_back((*next)->offset);
  }
}

}  // namespace

TEST_CASE("validation: a faultless batch stays byte for byte as it was") {
  for (int codec = 0; codec <= 4; ++codec) {
    CAPTURE(codec);
    const Bytes sent =
        batch_of({{kNow - 5}, {kNow}, {kNow - 9}}, {.compression = static_cast<Compression>(codec),
                                                    .producer_id = 4,
                                                    .producer_epoch = 0,
                                                    .base_sequence = 0});
    Bytes batch = sent;
    const ValidationResult result = validate_client_batch(batch, options());
    CHECK(result.ok());
    CHECK(batch == sent);
    CHECK_FALSE(result.rebuilt.has_value());
    CHECK(result.max_timestamp == kNow);
    CHECK(result.offset_delta_of_max_timestamp == 1);
    CHECK(result.header == *read_batch_header(sent));
  }
}

TEST_CASE("validation: a faultless uncompressed batch takes no memory at all") {
  Bytes batch = batch_of({{kNow}, {kNow - 1}});
  ValidationOptions how = options();
  how.compacted_topic = true;
  const AllocationPeak peak;
  const bool ok = validate_client_batch(batch, how).ok();
  const std::size_t allocations = peak.count();
  CHECK(ok);
  CHECK(allocations == 0);
}

TEST_CASE("validation: what is not exactly one batch of format 2 is refused") {
  const Bytes batch = batch_of({{}});
  CHECK(error_of({}) == ErrorCode::INVALID_RECORD);
  CHECK(error_of(Bytes(16)) == ErrorCode::INVALID_RECORD);
  CHECK(error_of(Bytes(batch.begin(), batch.end() - 1)) == ErrorCode::INVALID_RECORD);
  Bytes two = batch;
  two.insert(two.end(), batch.begin(), batch.end());
  CHECK(error_of(two) == ErrorCode::INVALID_RECORD);
  for (const auto magic : {std::int8_t{0}, std::int8_t{1}}) {
    CHECK(error_of(with_field(batch, layout::kMagic, magic)) == ErrorCode::INVALID_RECORD);
  }
  for (const auto magic : {std::int8_t{-1}, std::int8_t{3}}) {
    CHECK(error_of(with_field(batch, layout::kMagic, magic)) == ErrorCode::CORRUPT_MESSAGE);
  }
  for (const std::int32_t length : {-1, 0, 13}) {
    CHECK(error_of(with_field(batch, layout::kBatchLength, length)) == ErrorCode::CORRUPT_MESSAGE);
  }
  Bytes headless(batch.begin(), batch.begin() + 40);
  store_big_endian<std::int32_t>(headless.data() + layout::kBatchLength, 28);
  CHECK(error_of(headless) == ErrorCode::CORRUPT_MESSAGE);
}

TEST_CASE("validation: a wrong checksum is CORRUPT_MESSAGE") {
  Bytes batch = batch_of({{}});
  batch.back() ^= std::byte{1};
  CHECK(error_of(batch) == ErrorCode::CORRUPT_MESSAGE);
}

TEST_CASE("validation: the size limit is asked before the checksum, and is inclusive") {
  Bytes batch = batch_of({{}});
  ValidationOptions how = options();
  how.max_message_bytes = batch.size();
  CHECK(error_of(batch, how) == ErrorCode::NONE);
  batch.back() ^= std::byte{1};
  how.max_message_bytes = batch.size() - 1;
  CHECK(error_of(batch, how) == ErrorCode::MESSAGE_TOO_LARGE);
}

TEST_CASE("validation: offsets, counts, control bit and sequence as Kafka's leader wants them") {
  const Bytes batch = batch_of({{}, {}});
  const auto invalid = [](const Bytes& bytes) {
    return error_of(bytes) == ErrorCode::INVALID_RECORD;
  };
  CHECK(invalid(with_field<std::int64_t>(batch, layout::kBaseOffset, 1)));
  CHECK(invalid(with_field<std::int32_t>(batch, layout::kLastOffsetDelta, 2)));
  CHECK(invalid(with_field<std::int32_t>(batch, layout::kLastOffsetDelta, -1)));
  CHECK(invalid(with_field<std::int32_t>(batch, layout::kRecordCount, 0)));
  CHECK(invalid(with_field<std::int32_t>(batch, layout::kRecordCount, 1)));
  CHECK(invalid(with_field<std::int32_t>(batch, layout::kRecordCount, INT32_MAX)));
  CHECK(invalid(with_field<std::int16_t>(batch, layout::kAttributes, layout::kControlBit)));
  CHECK(invalid(with_field<std::int64_t>(batch, layout::kProducerId, 5)));
  // Header consistent, records fewer or more than it says.
  const Bytes three = with_field<std::int32_t>(batch, layout::kLastOffsetDelta, 2);
  CHECK(invalid(with_field<std::int32_t>(three, layout::kRecordCount, 3)));
  const Bytes one = with_field<std::int32_t>(batch, layout::kLastOffsetDelta, 0);
  CHECK(invalid(with_field<std::int32_t>(one, layout::kRecordCount, 1)));
}

TEST_CASE("validation: LogAppendTime and unknown codecs from a client are refused") {
  const Bytes batch = batch_of({{}});
  CHECK(error_of(with_field<std::int16_t>(batch, layout::kAttributes, layout::kLogAppendTimeBit)) ==
        ErrorCode::INVALID_TIMESTAMP);
  for (std::int16_t codec = 5; codec <= 7; ++codec) {
    CHECK(error_of(with_field(batch, layout::kAttributes, codec)) ==
          ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
  }
}

TEST_CASE("validation: content that does not unpack is INVALID_RECORD") {
  const Bytes batch = batch_of({{}});
  for (std::int16_t codec = 1; codec <= 4; ++codec) {
    CHECK(error_of(with_field(batch, layout::kAttributes, codec)) == ErrorCode::INVALID_RECORD);
  }
}

TEST_CASE("validation: a bomb is refused by the bound (CVE-2026-111073)") {
  const std::string zeros(500'000, '\0');
  for (int codec = 1; codec <= 4; ++codec) {
    BatchBuilder builder({.compression = static_cast<Compression>(codec)});
    NewRecord record;
    record.timestamp = kNow;
    record.value = as_bytes(zeros);
    builder.append(record);
    Bytes batch = builder.build();
    ValidationOptions how = options();
    how.max_decompressed_bytes = 400'000;
    CHECK(error_of(batch, how) == ErrorCode::INVALID_RECORD);
    how.max_decompressed_bytes = 600'000;
    CHECK(error_of(batch, how) == ErrorCode::NONE);
  }
}

TEST_CASE("validation: CreateTime outside of the topic's range is named record by record") {
  ValidationOptions how = options();
  how.timestamp_before_max_ms = 1'000;
  how.timestamp_after_max_ms = 100;
  Bytes batch = batch_of({{kNow - 1'000}, {kNow - 1'001}, {kNow + 100}, {kNow + 101}});
  const ValidationResult result = validate_client_batch(batch, how);
  CHECK(result.error == ErrorCode::INVALID_TIMESTAMP);
  REQUIRE(result.record_errors.size() == 2);
  CHECK(result.record_errors[0].index == 1);
  CHECK(result.record_errors[1].index == 3);
  CHECK(result.record_errors[1].message.find("1700000000101") != std::string::npos);
}

TEST_CASE("validation: records without a timestamp are exempt from the range") {
  ValidationOptions how = options();
  how.timestamp_before_max_ms = 1'000;
  Bytes batch = batch_of({{-1}, {kNow}, {-1}});
  const ValidationResult result = validate_client_batch(batch, how);
  CHECK(result.ok());
  CHECK(result.max_timestamp == kNow);
}

TEST_CASE("validation: timestamps at the ends of 64 bits do not overflow") {
  constexpr TimestampMs kMin = std::numeric_limits<TimestampMs>::min();
  constexpr TimestampMs kMax = std::numeric_limits<TimestampMs>::max();
  ValidationOptions how = options();
  CHECK(error_of(batch_of({{kMin}, {kMax}}), how) == ErrorCode::INVALID_TIMESTAMP);
  how.timestamp_after_max_ms = kMax;
  CHECK(error_of(batch_of({{kNow - kMax}, {kMax}, {kNow - kMax}}), how) == ErrorCode::NONE);
}

TEST_CASE("validation: a compacted topic needs keys") {
  ValidationOptions how = options();
  how.compacted_topic = true;
  for (int codec = 0; codec <= 4; ++codec) {
    Bytes batch = batch_of({{}, {.key = std::nullopt}, {.key = ""}},
                           {.compression = static_cast<Compression>(codec)});
    const ValidationResult result = validate_client_batch(batch, how);
    CHECK(result.error == ErrorCode::INVALID_RECORD);
    REQUIRE(result.record_errors.size() == 1);
    CHECK(result.record_errors[0].index == 1);
    CHECK(validate_client_batch(batch, options()).ok());
  }
}

TEST_CASE("validation: a bad timestamp decides the error over a missing key, as in Kafka") {
  ValidationOptions how = options();
  how.compacted_topic = true;
  Bytes batch = batch_of({{.key = std::nullopt}, {kNow + 9'999'999}});
  const ValidationResult result = validate_client_batch(batch, how);
  CHECK(result.error == ErrorCode::INVALID_TIMESTAMP);
  CHECK(result.record_errors.size() == 2);
}

TEST_CASE("validation: the list of faulty records is bounded") {
  BatchBuilder builder({});
  for (int i = 0; i < 5'000; ++i) builder.append(bare_record());
  Bytes batch = builder.build();
  ValidationOptions how = options();
  how.compacted_topic = true;
  const ValidationResult result = validate_client_batch(batch, how);
  CHECK(result.record_errors.size() == kMaxInvalidRecords);
  CHECK(result.message.find("5000 of 5000") != std::string::npos);
}

TEST_CASE("validation: a wrong max_timestamp is put right, with a new CRC") {
  for (int codec = 0; codec <= 4; ++codec) {
    Bytes batch = batch_of({{kNow - 5}, {kNow - 3}, {kNow - 3}},
                           {.compression = static_cast<Compression>(codec)});
    batch = with_field<std::int64_t>(batch, layout::kMaxTimestamp, kNow + 1);
    const ValidationResult result = validate_client_batch(batch, options());
    CHECK(result.ok());
    CHECK(result.max_timestamp == kNow - 3);
    CHECK(result.offset_delta_of_max_timestamp == 1);
    CHECK(read_batch_header(batch)->max_timestamp == kNow - 3);
    CHECK(result.header == *read_batch_header(batch));
    CHECK(batch_crc_is_valid(batch));
  }
}

TEST_CASE("validation: a LogAppendTime topic stamps the batch and asks no CreateTime") {
  ValidationOptions how = options();
  how.timestamp_type = TimestampType::kLogAppendTime;
  for (int codec = 0; codec <= 4; ++codec) {
    Bytes batch = batch_of({{1}, {kNow * 2}}, {.compression = static_cast<Compression>(codec)});
    const ValidationResult result = validate_client_batch(batch, how);
    CHECK(result.ok());
    CHECK(result.max_timestamp == kNow);
    CHECK(result.header.timestamp_type() == TimestampType::kLogAppendTime);
    CHECK(read_batch_header(batch)->max_timestamp == kNow);
    CHECK(batch_crc_is_valid(batch));
  }
}

TEST_CASE("validation: another compression.type builds the batch anew, contents kept") {
  for (int from = 0; from <= 4; ++from) {
    for (int to = 0; to <= 4; ++to) {
      CAPTURE(from);
      CAPTURE(to);
      Bytes batch =
          batch_of({{kNow - 2}, {kNow - 1}}, {.compression = static_cast<Compression>(from),
                                              .producer_id = 12,
                                              .producer_epoch = 3,
                                              .base_sequence = 77,
                                              .transactional = true});
      ValidationOptions how = options();
      how.target_compression = static_cast<Compression>(to);
      const ValidationResult result = validate_client_batch(batch, how);
      REQUIRE(result.ok());
      CHECK(result.rebuilt.has_value() == (from != to));
      if (!result.rebuilt) continue;
      const BatchHeader header = *read_batch_header(*result.rebuilt);
      CHECK(header == result.header);
      CHECK(header.compression() == *how.target_compression);
      CHECK(header.producer_id == 12);
      CHECK(header.producer_epoch == 3);
      CHECK(header.base_sequence == 77);
      CHECK(header.is_transactional());
      CHECK(header.max_timestamp == kNow - 1);
      CHECK(batch_crc_is_valid(*result.rebuilt));
      Result<BatchReader> reader = BatchReader::open(*result.rebuilt, 1 << 20);
      const RecordView first = **reader->next();
      CHECK(as_text(*first.key) == "key");
      CHECK(as_text(*first.value) == "some value");
      CHECK(first.timestamp == kNow - 2);
      REQUIRE(first.headers.size() == 1);
      CHECK(first.headers[0].key == "header");
    }
  }
}

TEST_CASE("validation: recompression with LogAppendTime stamps the new batch") {
  ValidationOptions how = options();
  how.timestamp_type = TimestampType::kLogAppendTime;
  how.target_compression = Compression::kZstd;
  Bytes batch = batch_of({{5}, {7}});
  const ValidationResult result = validate_client_batch(batch, how);
  REQUIRE(result.rebuilt.has_value());
  CHECK(result.max_timestamp == kNow);
  CHECK(read_batch_header(*result.rebuilt)->max_timestamp == kNow);
  CHECK(read_batch_header(*result.rebuilt)->timestamp_type() == TimestampType::kLogAppendTime);
}

TEST_CASE("validation: a batch that grows over the limit when compressed anew is refused") {
  Bytes batch = batch_of({{}, {}, {}, {}, {}, {}, {}, {}}, {.compression = Compression::kGzip});
  ValidationOptions how = options();
  how.max_message_bytes = batch.size();
  how.target_compression = Compression::kNone;
  CHECK(error_of(batch, how) == ErrorCode::MESSAGE_TOO_LARGE);
}

TEST_CASE("validation: inner offsets that are not 0..n-1 are numbered anew") {
  for (int codec = 0; codec <= 4; ++codec) {
    CAPTURE(codec);
    BatchBuilder builder({.compression = static_cast<Compression>(codec)});
    builder.append_at(3, bare_record());
    builder.append_at(4, bare_record());
    Bytes batch = with_field<std::int32_t>(builder.build(), layout::kLastOffsetDelta, 1);
    const ValidationResult result = validate_client_batch(batch, options());
    REQUIRE(result.ok());
    REQUIRE(result.rebuilt.has_value());
    CHECK(offsets_in(*result.rebuilt) == std::vector<Offset>{0, 1});
  }
}

TEST_CASE("validation: without record checks the header and the CRC still count") {
  ValidationOptions how = options();
  how.validate_records = false;
  how.compacted_topic = true;
  Bytes batch = batch_of({{kNow, std::nullopt}, {kNow - 1}});
  const ValidationResult result = validate_client_batch(batch, how);
  CHECK(result.ok());
  CHECK(result.max_timestamp == kNow);
  batch.back() ^= std::byte{1};
  CHECK(error_of(batch, how) == ErrorCode::CORRUPT_MESSAGE);
  Bytes stamped = batch_of({{1}});
  how.timestamp_type = TimestampType::kLogAppendTime;
  CHECK(validate_client_batch(stamped, how).header.max_timestamp == kNow);
}

}  // namespace kreel::protocol
