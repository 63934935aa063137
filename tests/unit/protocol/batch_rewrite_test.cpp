#include "protocol/batch_rewrite.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kreel;
using namespace kreel::protocol;

namespace {

constexpr TimestampMs kStart = 1'700'000'000'000;
constexpr std::size_t kBytesMax = 1 << 20;

Bytes five_records(Compression codec, TimestampType type = TimestampType::kCreateTime) {
  BatchBuilder::Options options;
  options.base_offset = 100;
  options.compression = codec;
  options.timestamp_type = type;
  options.partition_leader_epoch = 4;
  options.producer_id = 77;
  options.producer_epoch = 3;
  options.base_sequence = 20;
  options.transactional = true;
  BatchBuilder builder(options);
  for (int i = 0; i < 5; ++i) {
    const auto text = std::string(static_cast<std::size_t>(i * 40), 'x') + std::to_string(i);
    NewRecord record;
    record.timestamp = kStart + i * 1000;
    record.key = as_bytes(text);
    if (i != 2) record.value = as_bytes(text);
    record.headers.push_back({"name", as_bytes(text)});
    record.headers.push_back({"none", std::nullopt});
    builder.append(record);
  }
  return builder.build();
}

struct Kept {
  Offset offset;
  TimestampMs timestamp;
  std::string key;
  bool has_value;
  std::string header;
  bool operator==(const Kept&) const = default;
};

std::vector<Kept> records_of(ByteView batch) {
  std::vector<Kept> all;
  auto reader = BatchReader::open(batch, kBytesMax);
  REQUIRE(reader.has_value());
  while (true) {
    const auto record = reader->next();
    REQUIRE(record.has_value());
    if (!*record) return all;
    const auto& one = **record;
    REQUIRE(one.headers.size() == 2);
    all.push_back({one.offset, one.timestamp, std::string(as_text(*one.key)), one.value.has_value(),
                   std::string(as_text(*one.headers[0].value))});
  }
}

/// The batch with those records alone whose index is in `indexes`.
Bytes keep(ByteView batch, const std::vector<std::size_t>& indexes,
           std::optional<TimestampMs> horizon = std::nullopt) {
  auto reader = BatchReader::open(batch, kBytesMax);
  REQUIRE(reader.has_value());
  std::vector<ByteView> chosen;
  TimestampMs max = -1;
  for (std::size_t i = 0;; ++i) {
    const auto record = reader->next();
    REQUIRE(record.has_value());
    if (!*record) break;
    if (std::find(indexes.begin(), indexes.end(), i) == indexes.end()) continue;
    chosen.push_back(reader->raw_record());
    max = std::max(max, (*record)->timestamp);
  }
  const auto written = rewrite_batch({reader->header(), chosen, max, horizon});
  REQUIRE(written.has_value());
  return *written;
}

}  // namespace

TEST_CASE("batch rewrite: what stays has its offsets, times and headers, in every codec") {
  for (const auto codec : {Compression::kNone, Compression::kGzip, Compression::kSnappy,
                           Compression::kLz4, Compression::kZstd}) {
    const auto original = five_records(codec);
    const auto before = records_of(original);
    const auto batch = keep(original, {1, 2});
    REQUIRE(batch_crc_is_valid(batch));
    CHECK(records_of(batch) == std::vector<Kept>{before[1], before[2]});
    auto expected = *read_batch_header(original);
    auto header = *read_batch_header(batch);
    CHECK(header.max_timestamp == kStart + 2000);
    CHECK(header.record_count == 2);
    CHECK(header.size_bytes() == batch.size());
    header.max_timestamp = expected.max_timestamp;
    header.record_count = expected.record_count;
    header.batch_length = expected.batch_length;
    header.crc = expected.crc;
    CHECK(header == expected);  // offsets, sequences, producer, codec, flags
  }
}

TEST_CASE("batch rewrite: a delete horizon takes the base timestamp's place and moves no time") {
  for (const auto codec : {Compression::kNone, Compression::kZstd}) {
    const auto original = five_records(codec);
    const auto before = records_of(original);
    const auto horizon = kStart + 90'000'000'000;
    const auto batch = keep(original, {0, 2, 4}, horizon);
    REQUIRE(batch_crc_is_valid(batch));
    const auto header = *read_batch_header(batch);
    CHECK(header.has_delete_horizon());
    CHECK(delete_horizon_ms(header) == horizon);
    CHECK(header.is_transactional());
    CHECK(records_of(batch) == std::vector<Kept>{before[0], before[2], before[4]});
    // A later pass takes one more away, and the horizon stays.
    const auto again = keep(batch, {1});
    CHECK(delete_horizon_ms(*read_batch_header(again)) == horizon);
    CHECK(records_of(again) == std::vector<Kept>{before[2]});
  }
  CHECK(!delete_horizon_ms(*read_batch_header(five_records(Compression::kNone))));
}

TEST_CASE("batch rewrite: with LogAppendTime the batch's time stays every record's") {
  auto original = five_records(Compression::kNone, TimestampType::kLogAppendTime);
  const auto time = read_batch_header(original)->max_timestamp;
  const auto kept = records_of(keep(original, {0, 1}, kStart + 5));
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].timestamp == time);
  CHECK(kept[1].timestamp == time);
}

TEST_CASE("batch rewrite: an empty batch keeps offsets, sequences, producer and its kind") {
  const auto original = *read_batch_header(five_records(Compression::kLz4));
  const auto batch = empty_batch(original);
  REQUIRE(batch.size() == kBatchHeaderBytes);
  REQUIRE(batch_crc_is_valid(batch));
  const auto header = *read_batch_header(batch);
  CHECK(header.base_offset == 100);
  CHECK(header.last_offset() == 104);
  CHECK(header.base_sequence == 20);
  CHECK(header.producer_id == 77);
  CHECK(header.producer_epoch == 3);
  CHECK(header.max_timestamp == original.max_timestamp);
  CHECK(header.base_timestamp == -1);
  CHECK(header.record_count == 0);
  CHECK(header.is_transactional());
  CHECK(header.compression() == Compression::kNone);
  CHECK(records_of(batch).empty());
}

TEST_CASE("batch rewrite: a malformed record is refused") {
  const auto original = five_records(Compression::kNone);
  const Bytes cut{std::byte{0x14}, std::byte{0}};
  const std::vector<ByteView> records{cut};
  CHECK(!rewrite_batch({*read_batch_header(original), records, 1, 5}));
}
