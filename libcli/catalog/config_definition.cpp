#include "catalog/config_definition.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace kreel::catalog {
namespace {

// What a client sends comes back in messages; a reply's string has less room than a request's.
constexpr std::size_t kQuotedBytesMax = 200;
/// The longest string that a reply can carry.
constexpr std::size_t kValueBytesMax = 32'767;

std::string_view quoted(std::string_view value) {
  return value.substr(0, kQuotedBytesMax);
}

tl::unexpected<std::string> refuse(const ConfigDefinition& definition, std::string_view value,
                                   std::string_view why) {
  return tl::unexpected(fmt::format("Invalid value {} for configuration {}: {}", quoted(value),
                                    definition.name, why));
}

std::string_view name_of(ConfigType type) {
  switch (type) {
    case ConfigType::kInt:
      return "INT";
    case ConfigType::kShort:
      return "SHORT";
    case ConfigType::kLong:
      return "LONG";
    default:
      return "DOUBLE";
  }
}

std::optional<std::int64_t> parse_integer(ConfigType type, std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto number = parse_int64(text);
  if (!number) return std::nullopt;
  const bool fits = type == ConfigType::kLong ||
                    (type == ConfigType::kInt && *number == static_cast<std::int32_t>(*number)) ||
                    (type == ConfigType::kShort && *number == static_cast<std::int16_t>(*number));
  return fits ? number : std::nullopt;
}

template <class Number>
std::optional<std::string> out_of_range(const ConfigRule& rule, Number value) {
  if (rule.kind == ConfigRule::Kind::kLevelOrMinusOne) {
    if (value == Number{-1}) return std::nullopt;
    if (value >= static_cast<Number>(rule.min) && value <= static_cast<Number>(rule.max)) {
      return std::nullopt;
    }
    return fmt::format("Value must be between {} and {} or equal to -1", rule.min, rule.max);
  }
  if (rule.kind != ConfigRule::Kind::kRange) return std::nullopt;
  if (value < static_cast<Number>(rule.min)) {
    return fmt::format("Value must be at least {}", rule.min);
  }
  if (value > static_cast<Number>(rule.max)) {
    return fmt::format("Value must be no more than {}", rule.max);
  }
  return std::nullopt;
}

CheckedConfig check_integer(const ConfigDefinition& definition, std::string_view value) {
  const auto number = parse_integer(definition.type, value);
  if (!number) {
    return refuse(definition, value,
                  fmt::format("Not a number of type {}", name_of(definition.type)));
  }
  if (const auto why = out_of_range(definition.rule, *number)) {
    return refuse(definition, fmt::to_string(*number), *why);
  }
  return fmt::to_string(*number);
}

// As Java prints a double: "2.0".
std::string as_double(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

CheckedConfig check_double(const ConfigDefinition& definition, std::string_view value) {
  std::string_view digits = value;
  if (digits.ends_with('f') || digits.ends_with('d')) digits.remove_suffix(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto number = parse_double(digits);
  if (!number || !std::isfinite(*number)) {
    return refuse(definition, value, "Not a number of type DOUBLE");
  }
  if (const auto why = out_of_range(definition.rule, *number)) {
    return refuse(definition, as_double(*number), *why);
  }
  return std::string(digits);
}

bool is_word_of(std::string_view words, std::string_view value, bool any_case) {
  const auto all = split(words, ',');
  return std::ranges::any_of(all, [&](std::string_view word) {
    return any_case ? equals_ignore_case(trim(word), value) : trim(word) == value;
  });
}

bool is_replica(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto is_number = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  return is_number(text.substr(0, colon)) && is_number(text.substr(colon + 1));
}

CheckedConfig check_list(const ConfigDefinition& definition, std::string_view value) {
  if (value.empty()) return std::string();
  std::vector<std::string_view> parts = split(value, ',');
  std::ranges::transform(parts, parts.begin(), [](std::string_view part) { return trim(part); });
  const std::string joined = fmt::format("{}", fmt::join(parts, ","));
  switch (definition.rule.kind) {
    case ConfigRule::Kind::kEachOf:
      for (const std::string_view part : parts) {
        if (part.empty()) {
          return tl::unexpected(
              fmt::format("Configuration '{}' values must not be empty.", definition.name));
        }
        if (!is_word_of(definition.rule.words, part, false)) {
          return refuse(definition, part,
                        fmt::format("String must be one of: {}", definition.rule.words));
        }
      }
      return joined;
    case ConfigRule::Kind::kThrottledReplicas:
      if (joined == "*" || std::ranges::all_of(parts, is_replica)) return joined;
      return refuse(definition, fmt::format("[{}]", fmt::join(parts, ", ")),
                    fmt::format("{} must be the literal '*' or a list of replicas in the following "
                                "format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
                                definition.name));
    default:
      return joined;
  }
}

CheckedConfig check_word(const ConfigDefinition& definition, std::string_view value) {
  const bool any_case = definition.rule.kind == ConfigRule::Kind::kOneOfAnyCase;
  if (!any_case && definition.rule.kind != ConfigRule::Kind::kOneOf) return std::string(value);
  if (is_word_of(definition.rule.words, value, any_case)) return std::string(value);
  return refuse(definition, value,
                fmt::format("String must be one of{}: {}", any_case ? " (case insensitive)" : "",
                            definition.rule.words));
}

}  // namespace

CheckedConfig check_config(const ConfigDefinition& definition, std::string_view value) {
  if (value.size() > kValueBytesMax) {
    return refuse(definition, value, fmt::format("longer than {} bytes", kValueBytesMax));
  }
  const std::string_view trimmed = trim(value);
  switch (definition.type) {
    case ConfigType::kBoolean:
      if (equals_ignore_case(trimmed, "true")) return "true";
      if (equals_ignore_case(trimmed, "false")) return "false";
      return refuse(definition, value, "Expected value to be either true or false");
    case ConfigType::kInt:
    case ConfigType::kShort:
    case ConfigType::kLong:
      return check_integer(definition, trimmed);
    case ConfigType::kDouble:
      return check_double(definition, trimmed);
    case ConfigType::kList:
      return check_list(definition, trimmed);
    case ConfigType::kPassword:
      return std::string(value);
    default:
      return check_word(definition, trimmed);
  }
}

}  // namespace kreel::catalog
