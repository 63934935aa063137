#include "storage/offset_map.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kreel;
using storage::OffsetMap;

namespace {

constexpr SipKey kSecret{1, 2};

std::string key_of(int number) {
  return "key-" + std::to_string(number);
}

}  // namespace

TEST_CASE("offset map: the newest offset of each key is found, and no other key") {
  OffsetMap map(
      {.first_offset = 500, .offset_count = 4000, .bytes_max = 1 << 20, .secret = kSecret});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2000; ++i) {
      REQUIRE(map.put(as_bytes(key_of(i)), 500 + round * 2000 + i));
    }
  }
  CHECK(map.size() == 2000);
  for (int i = 0; i < 2000; ++i) CHECK(map.find(as_bytes(key_of(i))) == 2500 + i);
  for (int i = 2000; i < 4000; ++i) CHECK(!map.find(as_bytes(key_of(i))));
  CHECK(!map.find({}));
  REQUIRE(map.put({}, 501));
  CHECK(map.find({}) == 501);
}

TEST_CASE("offset map: it takes no more memory than it may, 16 bytes for each key") {
  OffsetMap map(
      {.first_offset = 0, .offset_count = 10'000'000, .bytes_max = 160'000, .secret = kSecret});
  CHECK(map.size_bytes() <= 160'000);
  int count = 0;
  while (map.put(as_bytes(key_of(count)), count)) ++count;
  CHECK(map.size_bytes() <= 16 * map.size() + 16);
  CHECK(count >= 9'990);
  // A key that is there may still move.
  CHECK(map.put(as_bytes(key_of(3)), 999'999));
  CHECK(map.find(as_bytes(key_of(3))) == 999'999);
  for (int i = 4; i < count; ++i) REQUIRE(map.find(as_bytes(key_of(i))) == i);
  CHECK(!map.find(as_bytes(key_of(count))));
}

TEST_CASE("offset map: a small range takes little memory") {
  const OffsetMap map(
      {.first_offset = 0, .offset_count = 30, .bytes_max = 1U << 27U, .secret = kSecret});
  CHECK(map.size_bytes() < 1000);
  CHECK(map.capacity() >= 30);
}

TEST_CASE("offset map: an offset too far from the first has no room") {
  OffsetMap map(
      {.first_offset = 10, .offset_count = 1ULL << 40U, .bytes_max = 4096, .secret = kSecret});
  CHECK(map.put(as_bytes("near"), 10 + 0xffff'fffeLL));
  CHECK(!map.put(as_bytes("far"), 10 + 0xffff'ffffLL));
  CHECK(map.find(as_bytes("near")) == 10 + 0xffff'fffeLL);
}
