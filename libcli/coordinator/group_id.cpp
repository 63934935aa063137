#include "coordinator/group_id.hpp"

#include <cstdlib>

namespace kreel::coordinator {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The code point at the front of `rest`, which is shortened by it.
char32_t take_code_point(std::string_view& rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xF0 && lead <= 0xF4 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (more == 0 || lead > 0xF4) return kReplacement;
  char32_t point = lead & (0x3FU >> more);
  for (int i = 0; i < more; ++i) {
    if (rest.empty() || !is_continuation(rest.front())) return kReplacement;
    point = (point << 6U) | (static_cast<unsigned char>(rest.front()) & 0x3FU);
    rest.remove_prefix(1);
  }
  return point;
}

template <class Visit>
void for_each_utf16_unit(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const char32_t point = take_code_point(text);
    if (point < 0x10000) {
      visit(static_cast<char16_t>(point));
    } else {
      visit(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10U)));
      visit(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FFU)));
    }
  }
}

}  // namespace

std::int32_t java_string_hash(std::string_view utf8) {
  std::uint32_t hash = 0;
  for_each_utf16_unit(utf8, [&](char16_t unit) { hash = hash * 31 + unit; });
  return static_cast<std::int32_t>(hash);
}

std::size_t java_string_length(std::string_view utf8) {
  std::size_t length = 0;
  for_each_utf16_unit(utf8, [&](char16_t) { ++length; });
  return length;
}

PartitionId partition_for_group(std::string_view group_id, std::int32_t partition_count) {
  // Kafka clears the sign bit instead of negating, so that the smallest integer has a place too.
  return (java_string_hash(group_id) & 0x7FFFFFFF) % partition_count;
}

PartitionId partition_for_transactional_id(std::string_view transactional_id,
                                           std::int32_t partition_count) {
  const std::int64_t hash = java_string_hash(transactional_id);
  // The smallest integer has no positive twin in Java; Kafka takes 0 there.
  const std::int64_t positive = hash == INT32_MIN ? 0 : std::abs(hash);
  return static_cast<PartitionId>(positive % partition_count);
}

}  // namespace kreel::coordinator
