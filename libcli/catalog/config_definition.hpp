#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace kreel::catalog {

/// The numbers are those of DescribeConfigs.
enum class ConfigType : std::int8_t {
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
  kClass = 8,
  kPassword = 9,
};

/// What values a setting takes beyond those of its type.
struct ConfigRule {
  enum class Kind : std::int8_t {
    kAny,
    kRange,             ///< min..max
    kOneOf,             ///< one word of `words`
    kOneOfAnyCase,      ///< the same, whatever the case
    kEachOf,            ///< every element of the list is a word of `words`
    kLevelOrMinusOne,   ///< min..max, or -1
    kThrottledReplicas  ///< "*" or PARTITION:BROKER,…
  };
  Kind kind = Kind::kAny;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string_view words;  ///< with ", " between them
};

constexpr ConfigRule any_value() {
  return {};
}
constexpr ConfigRule at_least(std::int64_t min) {
  return {ConfigRule::Kind::kRange, min, std::numeric_limits<std::int64_t>::max(), {}};
}
constexpr ConfigRule between(std::int64_t min, std::int64_t max) {
  return {ConfigRule::Kind::kRange, min, max, {}};
}
constexpr ConfigRule one_of(std::string_view words) {
  return {ConfigRule::Kind::kOneOf, 0, 0, words};
}
constexpr ConfigRule one_of_any_case(std::string_view words) {
  return {ConfigRule::Kind::kOneOfAnyCase, 0, 0, words};
}
constexpr ConfigRule each_of(std::string_view words) {
  return {ConfigRule::Kind::kEachOf, 0, 0, words};
}
constexpr ConfigRule level_or_minus_one(std::int64_t min, std::int64_t max) {
  return {ConfigRule::Kind::kLevelOrMinusOne, min, max, {}};
}
constexpr ConfigRule throttled_replicas() {
  return {ConfigRule::Kind::kThrottledReplicas, 0, 0, {}};
}

/// One setting as Kafka defines it.
struct ConfigDefinition {
  std::string_view name;
  ConfigType type = ConfigType::kString;
  /// data() == nullptr: Kafka's null.
  std::string_view default_value;
  ConfigRule rule;

  bool is_sensitive() const { return type == ConfigType::kPassword; }
  bool has_default() const { return default_value.data() != nullptr; }
};

/// The value as it is kept (trimmed, numbers and booleans in their one form), or Kafka's text on
/// why it is refused.
using CheckedConfig = tl::expected<std::string, std::string>;
CheckedConfig check_config(const ConfigDefinition& definition, std::string_view value);

}  // namespace kreel::catalog
