#include <string>

#include <doctest/doctest.h>

#include "storage/sparse_index.hpp"

using namespace kreel;
using namespace kreel::storage;

TEST_CASE("index: entries are big-endian pairs as Kafka's") {
  OffsetIndex index;
  index.append({0x01020304, 0x0a0b0c0d});
  const auto bytes = index.encode(0);
  const std::string expected("\x01\x02\x03\x04\x0a\x0b\x0c\x0d", 8);
  CHECK(as_text(bytes) == expected);
  TimeIndex times;
  times.append({0x0102030405060708, 0x0a0b0c0d});
  CHECK(times.encode(0).size() == 12);
}

TEST_CASE("index: what was encoded is decoded, from any entry on") {
  OffsetIndex index;
  for (int i = 1; i <= 5; ++i) index.append({i * 10, i * 100});
  OffsetIndex read;
  REQUIRE(read.decode(index.encode(0)));
  CHECK(std::ranges::equal(read.entries(), index.entries()));
  REQUIRE(read.decode(index.encode(3)));
  CHECK(read.size() == 2);
}

TEST_CASE("index: an entry that does not follow is left out") {
  OffsetIndex index;
  index.append({10, 100});
  index.append({10, 200});
  index.append({20, 100});
  CHECK(index.size() == 1);
  TimeIndex times;
  times.append({1000, 5});
  times.append({1000, 9});
  times.append({1001, 5});
  CHECK(times.size() == 2);
}

TEST_CASE("index: zero entries at the end are Kafka's preallocation") {
  OffsetIndex index;
  index.append({10, 100});
  auto bytes = index.encode(0);
  bytes.resize(80);
  OffsetIndex read;
  REQUIRE(read.decode(bytes));
  CHECK(read.size() == 1);
  REQUIRE(read.decode(Bytes(16)));
  CHECK(read.empty());
}

TEST_CASE("index: a ragged end or entries out of order are damage") {
  OffsetIndex index;
  index.append({10, 100});
  index.append({20, 200});
  auto bytes = index.encode(0);
  OffsetIndex read;
  CHECK_FALSE(read.decode(ByteView(bytes).first(15)));
  std::swap_ranges(bytes.begin(), bytes.begin() + 8, bytes.begin() + 8);
  CHECK_FALSE(read.decode(bytes));
  CHECK(read.empty());
  OffsetIndex hole;
  Bytes with_hole(24);
  OffsetEntry{10, 100}.encode(with_hole.data());
  OffsetEntry{20, 200}.encode(with_hole.data() + 16);
  CHECK_FALSE(hole.decode(with_hole));
}

TEST_CASE("index: floor finds the last entry that is not larger") {
  OffsetIndex index;
  CHECK(index.floor(5, &OffsetEntry::relative_offset) == nullptr);
  index.append({10, 100});
  index.append({20, 200});
  CHECK(index.floor(9, &OffsetEntry::relative_offset) == nullptr);
  CHECK(index.floor(10, &OffsetEntry::relative_offset)->position == 100);
  CHECK(index.floor(19, &OffsetEntry::relative_offset)->position == 100);
  CHECK(index.floor(500, &OffsetEntry::relative_offset)->position == 200);
  CHECK(index.floor(150, &OffsetEntry::position)->relative_offset == 10);
}
