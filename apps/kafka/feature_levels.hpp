#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/java.hpp"

// What Apache Kafka 4.3 knows of metadata versions and of the features that go with them.

namespace kreel::kafka_tools {

inline constexpr std::string_view kMetadataVersion = "metadata.version";
inline constexpr std::string_view kStableRelease = "4.3-IV0";

struct MetadataLevel {
  std::int16_t level = 0;
  std::string_view name;  // "4.0-IV3"
};

// Null for an unknown one.
const MetadataLevel* find_metadata_level(std::int16_t level);
// "3.8", "3.8.1" and "3.8-IV0" are all legal.
Outcome<MetadataLevel> metadata_level_of(std::string_view release);

struct FeatureFacts {
  std::string_view name;
  std::int16_t newest = 0;
  std::int16_t default_since = 0;  // the metadata level from which `newest` is the default
  std::optional<std::int16_t> needs_metadata = {};  // of level 1

  std::int16_t default_for(const MetadataLevel& metadata) const {
    return metadata.level >= default_since ? newest : std::int16_t{0};
  }
};
// All but metadata.version, in Kafka's order.
std::span<const FeatureFacts> feature_facts();

// "name=5"
Outcome<std::pair<std::string, std::int16_t>> parse_name_and_level(const std::string& text);

}  // namespace kreel::kafka_tools
