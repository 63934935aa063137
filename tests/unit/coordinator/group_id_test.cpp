#include "coordinator/group_id.hpp"

#include <doctest/doctest.h>

#include <string>

namespace kreel::coordinator {
namespace {

TEST_CASE("group id: the hash is Java's String.hashCode") {
  CHECK(java_string_hash("") == 0);
  CHECK(java_string_hash("a") == 97);
  CHECK(java_string_hash("test") == 3556498);
  CHECK(java_string_hash("hello world") == 1794106052);
  // Two bytes in UTF-8, one unit in Java; then a pair of surrogates.
  CHECK(java_string_hash("\xC3\xA9") == 0xE9);
  CHECK(java_string_hash("\xF0\x9F\x98\x80") == 1772899);
}

TEST_CASE("group id: the smallest integer has a partition too") {
  CHECK(java_string_hash("polygenelubricants") == -2147483647 - 1);
  CHECK(partition_for_group("polygenelubricants", 50) == 0);
}

TEST_CASE("group id: partitions as Kafka assigns them") {
  CHECK(partition_for_group("", 50) == 0);
  CHECK(partition_for_group("test", 50) == 3556498 % 50);
  // A negative hash loses its sign bit; it is not negated.
  const std::int32_t hash = java_string_hash("console-consumer-12345");
  CHECK(partition_for_group("console-consumer-12345", 50) == (hash & 0x7FFFFFFF) % 50);
  for (int i = 0; i < 1'000; ++i) {
    const PartitionId partition = partition_for_group("group-" + std::to_string(i), 50);
    CHECK((partition >= 0 && partition < 50));
  }
}

TEST_CASE("group id: lengths count UTF-16 units") {
  CHECK(java_string_length("") == 0);
  CHECK(java_string_length("abc") == 3);
  CHECK(java_string_length("\xC3\xA9\xE2\x82\xAC") == 2);
  CHECK(java_string_length("\xF0\x9F\x98\x80") == 2);
}

TEST_CASE("group id: malformed UTF-8 neither crashes nor disappears") {
  CHECK(java_string_length("\xFF\xFE") == 2);
  CHECK(java_string_length("\xE2\x82") == 1);
  CHECK(java_string_length("\xF0\x9F") == 1);
  CHECK(java_string_length("\x80\x61") == 2);
  CHECK(java_string_length(std::string("\xC3", 1)) == 1);
}

}  // namespace
}  // namespace kreel::coordinator
