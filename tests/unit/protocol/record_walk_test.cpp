#include "protocol/record_walk.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "protocol/record_cursor.hpp"

namespace kreel::protocol {
namespace {

/// Records of every kind, plain ones and such with headers or long varints among them.
Bytes batch_of_all_kinds() {
  const std::string long_value(300, 'v');
  const std::string very_long_value(9'000, 'w');
  BatchBuilder builder({});
  for (int i = 0; i < 4; ++i) {
    NewRecord record;
    record.timestamp = 1'700'000'000'000 + i * 40;
    record.key = as_bytes("key");
    record.value = as_bytes("value");
    builder.append(record);
    record.key.reset();
    record.value = as_bytes(long_value);
    builder.append(record);
    record.timestamp += 3'000'000'000;
    record.value.reset();
    builder.append(record);
    record.key = as_bytes("");
    record.value = as_bytes(i == 2 ? std::string_view(very_long_value) : "");
    record.headers.push_back({.key = "h", .value = as_bytes("1")});
    builder.append(record);
  }
  return builder.build();
}

/// The walk by get_record alone, which looks at every bound.
RecordWalk careful_walk(ByteView records, const BatchHeader& header) {
  RecordWalk walk;
  const std::byte* at = records.data();
  const std::byte* const end = at + records.size();
  walk.offsets_in_sequence = true;
  RawRecord record;
  for (std::int32_t index = 0; index < header.record_count; ++index) {
    at = get_record(at, end, record);
    if (at == nullptr) return {};
    if (record.header_count != 0 &&
        !headers_are_well_formed(record.headers, record.end, record.header_count)) {
      return {};
    }
    const auto timestamp = timestamp_sum(header.base_timestamp, record.timestamp_delta);
    if (index == 0 || timestamp < walk.min_timestamp) walk.min_timestamp = timestamp;
    if (index == 0 || timestamp > walk.max_timestamp) {
      walk.max_timestamp = timestamp;
      walk.index_of_max = index;
    }
    walk.has_null_key = walk.has_null_key || record.key == nullptr;
    walk.offsets_in_sequence = walk.offsets_in_sequence && record.offset_delta == index;
  }
  walk.well_formed = at == end;
  return walk;
}

bool same(const RecordWalk& a, const RecordWalk& b) {
  if (!a.well_formed || !b.well_formed) return a.well_formed == b.well_formed;
  return a.has_null_key == b.has_null_key && a.offsets_in_sequence == b.offsets_in_sequence &&
         a.index_of_max == b.index_of_max && a.min_timestamp == b.min_timestamp &&
         a.max_timestamp == b.max_timestamp;
}

TEST_CASE("record walk: the quick way through plain records sees what the careful one sees") {
  const Bytes batch = batch_of_all_kinds();
  const BatchHeader header = *read_batch_header(batch);
  Bytes records(batch.begin() + kBatchHeaderBytes, batch.end());
  REQUIRE(walk_records(records, header).well_formed);
  REQUIRE(same(walk_records(records, header), careful_walk(records, header)));
  constexpr std::array kValues{0x00, 0x01, 0x02, 0x0c, 0x7f, 0x80, 0xff};
  std::size_t different = 0;
  for (auto& one : records) {
    const std::byte before = one;
    for (const int value : kValues) {
      one = static_cast<std::byte>(value);
      if (!same(walk_records(records, header), careful_walk(records, header))) ++different;
    }
    one = before;
  }
  CHECK(different == 0);
}

TEST_CASE("record walk: records that are cut off anywhere are malformed") {
  const Bytes batch = batch_of_all_kinds();
  const BatchHeader header = *read_batch_header(batch);
  const ByteView records = ByteView(batch).subspan(kBatchHeaderBytes);
  for (std::size_t size_bytes = 0; size_bytes < records.size(); ++size_bytes) {
    const Bytes cut(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(size_bytes));
    CHECK_FALSE(walk_records(cut, header).well_formed);
  }
}

}  // namespace
}  // namespace kreel::protocol
