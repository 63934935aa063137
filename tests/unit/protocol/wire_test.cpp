#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>

#include "protocol/varint.hpp"
#include "protocol/wire_reader.hpp"
#include "protocol/wire_writer.hpp"

namespace kreel::protocol {
namespace {

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

}  // namespace

TEST_CASE("wire reader: the first failure is sticky and later reads give nothing") {
  const Bytes frame = bytes_of({0, 1, 2});
  WireReader in(frame);
  CHECK(in.read_int<std::int16_t>() == 1);
  CHECK(in.read_int<std::int32_t>() == 0);
  CHECK(in.failed());
  CHECK(in.remaining() == 0);
  CHECK(in.read_int<std::int8_t>() == 0);
  CHECK(in.read_view(1).empty());
  CHECK(in.read_length(true) == -1);
  CHECK(in.read_uuid() == Uuid());
}

TEST_CASE("wire reader: varints of 32 bits are at most five bytes and below 2^32") {
  const Bytes largest = bytes_of({0xff, 0xff, 0xff, 0xff, 0x0f});
  CHECK(WireReader(largest).read_unsigned_varint() == UINT32_MAX);
  for (const Bytes& bad : {bytes_of({0xff, 0xff, 0xff, 0xff, 0x1f}),        // 2^33 - 1
                           bytes_of({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}),  // overlong zero
                           bytes_of({0x80, 0x80}), bytes_of({})}) {
    WireReader in(bad);
    in.read_unsigned_varint();
    CHECK(in.failed());
  }
}

TEST_CASE("varints of 64 bits are at most ten bytes") {
  const auto read = [](const Bytes& bytes) {
    return get_varint<kMaxVarlongBytes>(bytes.data(), bytes.data() + bytes.size());
  };
  const auto largest = read(bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
  CHECK(largest.raw == UINT64_MAX);
  const auto over = read(bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}));
  CHECK(over.after == nullptr);
}

TEST_CASE("wire reader: lengths below -1 and over 2^31 fail, -1 is null") {
  const Bytes null = bytes_of({0xff, 0xff, 0xff, 0xff});
  WireReader in(null);
  CHECK(in.read_length(false) == -1);
  CHECK_FALSE(in.failed());
  const Bytes minus_two = bytes_of({0xff, 0xff, 0xff, 0xfe});
  WireReader negative(minus_two);
  negative.read_length(false);
  CHECK(negative.failed());
  const Bytes short_minus_two = bytes_of({0xff, 0xfe});
  WireReader negative_string(short_minus_two);
  negative_string.read_string_length(false);
  CHECK(negative_string.failed());
  const Bytes huge = bytes_of({0x81, 0x80, 0x80, 0x80, 0x08});  // 2^31 + 1, so 2^31 elements
  WireReader compact(huge);
  compact.read_length(true);
  CHECK(compact.failed());
}

TEST_CASE("wire reader: strings are at most 32767 bytes in both forms") {
  const Bytes longest = bytes_of({0x80, 0x80, 0x02});  // 32768, so 32767 bytes
  WireReader in(longest);
  CHECK(in.read_string_length(true) == 32'767);
  const Bytes over = bytes_of({0x81, 0x80, 0x02});
  WireReader too_long(over);
  too_long.read_string_length(true);
  CHECK(too_long.failed());
  for (const bool flexible : {false, true}) {
    WireWriter out;
    out.write_string_length(32'767, flexible);
    CHECK_FALSE(out.failed());
    out.write_string_length(32'768, flexible);
    CHECK(out.failed());
  }
}

TEST_CASE("wire reader: an array needs a byte per element and memory from the frame's budget") {
  const Bytes frame(100);
  WireReader in(frame);
  CHECK(in.claim_elements(100, 1));
  CHECK_FALSE(in.claim_elements(101, 1));
  CHECK(in.failed());
  WireReader budget(frame);
  CHECK(budget.claim_elements(100, WireReader::kBudgetBase / 100));
  CHECK_FALSE(budget.claim_elements(100, 100));
}

TEST_CASE("wire: integers, doubles, uuids and varints come back") {
  WireWriter out;
  out.write_int<std::int8_t>(-1);
  out.write_int<std::int16_t>(-2);
  out.write_int<std::uint16_t>(65'535);
  out.write_int<std::int32_t>(std::numeric_limits<std::int32_t>::min());
  out.write_int<std::int64_t>(std::numeric_limits<std::int64_t>::max());
  out.write_bool(true);
  out.write_double(-0.5);
  Uuid id;
  id.bytes[3] = std::byte{9};
  out.write_uuid(id);
  out.write_unsigned_varint(300);
  const Bytes bytes = out.take().bytes;
  WireReader in(bytes);
  CHECK(in.read_int<std::int8_t>() == -1);
  CHECK(in.read_int<std::int16_t>() == -2);
  CHECK(in.read_int<std::uint16_t>() == 65'535);
  CHECK(in.read_int<std::int32_t>() == std::numeric_limits<std::int32_t>::min());
  CHECK(in.read_int<std::int64_t>() == std::numeric_limits<std::int64_t>::max());
  CHECK(in.read_bool());
  CHECK(in.read_double() == -0.5);
  CHECK(in.read_uuid() == id);
  CHECK(in.read_unsigned_varint() == 300);
  CHECK_FALSE(in.failed());
  CHECK(in.remaining() == 0);
}

TEST_CASE("wire writer: a range of a file goes out as a part, with its length in front") {
  WireWriter out;
  out.write_int<std::int8_t>(1);
  out.write_records(Records::file(5, 4096, 1000, nullptr), false);
  out.write_int<std::int8_t>(2);
  CHECK(out.size_bytes() == 1 + 4 + 1000 + 1);
  const WireParts parts = out.take();
  CHECK(parts.bytes == bytes_of({1, 0, 0, 3, 0xe8, 2}));
  REQUIRE(parts.files.size() == 1);
  CHECK(parts.files[0].at == 5);
  CHECK(parts.files[0].records.position() == 4096);
}

TEST_CASE("wire writer: null and empty records are not the same") {
  WireWriter out;
  out.write_records(Records::null(), false);
  out.write_records(Records::empty(), false);
  out.write_records(Records::null(), true);
  out.write_records(Records::empty(), true);
  CHECK(out.take().bytes == bytes_of({0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1}));
}

TEST_CASE("records: equal by content in memory, by place in a file") {
  const Bytes one = bytes_of({1, 2});
  const Bytes two = bytes_of({1, 2});
  CHECK(Records::memory(one, nullptr) == Records::memory(two, nullptr));
  CHECK_FALSE(Records::null() == Records::empty());
  CHECK_FALSE(Records::memory(one, nullptr) == Records::file(3, 0, 2, nullptr));
  CHECK_FALSE(Records::file(3, 1, 2, nullptr) == Records::file(3, 0, 2, nullptr));
}

}  // namespace kreel::protocol
