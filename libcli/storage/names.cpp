#include "storage/names.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.hpp"

namespace kreel::storage {
namespace {

constexpr std::size_t kOffsetDigits = 20;

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

}  // namespace

std::string TopicPartition::to_string() const {
  return fmt::format("{}-{}", topic, partition);
}

std::string segment_file_name(Offset base_offset, std::string_view suffix) {
  return fmt::format("{:020}{}", base_offset, suffix);
}

std::optional<Offset> parse_segment_file_name(std::string_view name, std::string_view suffix) {
  if (name.size() != kOffsetDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const auto digits = name.substr(0, kOffsetDigits);
  if (!std::ranges::all_of(digits, is_digit)) return std::nullopt;
  return parse_int64(digits);
}

std::optional<TopicPartition> parse_partition_directory(std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == name.size()) return std::nullopt;
  const auto digits = name.substr(dash + 1);
  if (!std::ranges::all_of(digits, is_digit)) return std::nullopt;
  const auto partition = parse_int32(digits);
  if (!partition) return std::nullopt;
  return TopicPartition{std::string(name.substr(0, dash)), *partition};
}

}  // namespace kreel::storage
