#include "kafka/feature_levels.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::kafka_tools {
namespace {

constexpr auto kMetadataLevels = std::to_array<MetadataLevel>({
    {7, "3.3-IV3"},  {8, "3.4-IV0"},  {9, "3.5-IV0"},  {10, "3.5-IV1"}, {11, "3.5-IV2"},
    {12, "3.6-IV0"}, {13, "3.6-IV1"}, {14, "3.6-IV2"}, {15, "3.7-IV0"}, {16, "3.7-IV1"},
    {17, "3.7-IV2"}, {18, "3.7-IV3"}, {19, "3.7-IV4"}, {20, "3.8-IV0"}, {21, "3.9-IV0"},
    {22, "4.0-IV0"}, {23, "4.0-IV1"}, {24, "4.0-IV2"}, {25, "4.0-IV3"}, {26, "4.1-IV0"},
    {27, "4.1-IV1"}, {28, "4.2-IV0"}, {29, "4.2-IV1"}, {30, "4.3-IV0"}, {31, "4.4-IV0"},
});
constexpr std::int16_t kNewestStable = 30;

constexpr auto kFeatures = std::to_array<FeatureFacts>({
    {"kraft.version", 1, 21},
    {"transaction.version", 2, 24},
    {"group.version", 1, 22},
    {"eligible.leader.replicas.version", 1, 26, 23},
    {"share.version", 1, 28},
    {"streams.version", 1, 29},
});

// As Short.parseShort().
std::optional<std::int16_t> parse_short(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto number = parse_int32(text);
  using Limits = std::numeric_limits<std::int16_t>;
  if (!number || *number < Limits::min() || *number > Limits::max()) return std::nullopt;
  return static_cast<std::int16_t>(*number);
}

tl::unexpected<JavaError> bad_pair(const std::string& text, std::string_view why) {
  return thrown("java.lang.RuntimeException",
                fmt::format("Can't parse feature=level string {}: {}", text, why),
                ErrorKind::kUsage);
}

}  // namespace

const MetadataLevel* find_metadata_level(std::int16_t level) {
  const auto at = std::ranges::find(kMetadataLevels, level, &MetadataLevel::level);
  return at == kMetadataLevels.end() ? nullptr : &*at;
}

Outcome<MetadataLevel> metadata_level_of(std::string_view release) {
  const auto first = release.find('.');
  const auto second = first == std::string_view::npos ? first : release.find('.', first + 1);
  const std::string_view key = release.substr(0, second);
  const MetadataLevel* found = nullptr;
  std::vector<std::string> names;
  for (const MetadataLevel& each : kMetadataLevels) {
    names.emplace_back(each.name);
    const bool is_release =
        each.level <= kNewestStable && each.name.substr(0, each.name.find('-')) == key;
    if (each.name == key || is_release) found = &each;
  }
  if (found != nullptr) return *found;
  return illegal_argument(
      fmt::format("Unknown metadata.version '{}'. Supported metadata.version are: {}", release,
                  join(names, ", ")));
}

std::span<const FeatureFacts> feature_facts() {
  return kFeatures;
}

Outcome<std::pair<std::string, std::int16_t>> parse_name_and_level(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return bad_pair(text, "equals sign not found.");
  const std::string_view level = trim(std::string_view(text).substr(equals + 1));
  const auto number = parse_short(level);
  if (!number) return bad_pair(text, fmt::format("unable to parse {} as a short.", level));
  return std::pair(std::string(trim(std::string_view(text).substr(0, equals))), *number);
}

}  // namespace kreel::kafka_tools
