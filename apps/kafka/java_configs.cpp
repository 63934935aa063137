#include "kafka/java_configs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "kafka/offset_reset.hpp"

namespace kreel::kafka_tools {
namespace {

enum class ConfigKind { kBoolean, kInt, kShort, kLong, kDouble, kText };

struct JavaConfig {
  std::string_view name;
  unsigned clients;
  ConfigKind kind;
  std::string_view values;
};

constexpr auto kJavaConfigs = [] {
  using enum ConfigKind;
  return std::to_array<JavaConfig>({
#define KREEL_JAVA_CONFIG(name, clients, kind, values) {name, clients, kind, values},
#include "kafka/java_configs.def"
#undef KREEL_JAVA_CONFIG
  });
}();

// Lists of classes that a client makes: the setting, whose, and those that there are.
struct JavaClasses {
  std::string_view name;
  unsigned clients;
  std::string_view known;
};
constexpr std::string_view kAssignors = "partition.assignment.strategy";
constexpr auto kJavaClasses = std::to_array<JavaClasses>(
    {{"interceptor.classes", kProducer | kConsumer, ""},
     {"metric.reporters", kEveryClient, "org.apache.kafka.common.metrics.JmxReporter"},
     {kAssignors, kConsumer,
      "org.apache.kafka.clients.consumer.CooperativeStickyAssignor,"
      "org.apache.kafka.clients.consumer.RangeAssignor,"
      "org.apache.kafka.clients.consumer.RoundRobinAssignor,"
      "org.apache.kafka.clients.consumer.StickyAssignor"}});

const JavaConfig* find_config(JavaClients client, std::string_view name) {
  const auto at = std::ranges::find_if(kJavaConfigs, [&](const JavaConfig& config) {
    return config.name == name && (config.clients & client) != 0;
  });
  return at == kJavaConfigs.end() ? nullptr : &*at;
}

std::string_view kind_name(ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kInt:
      return "INT";
    case ConfigKind::kShort:
      return "SHORT";
    case ConfigKind::kLong:
      return "LONG";
    default:
      return "DOUBLE";
  }
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> number_of(ConfigKind kind, std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (kind == ConfigKind::kDouble) return parse_number(text);
  const auto number = parse_int64(text);
  if (!number) return std::nullopt;
  const auto fits = [&](auto limits) { return *number >= limits.min() && *number <= limits.max(); };
  const bool is_in_range = kind == ConfigKind::kLong ||
                           (kind == ConfigKind::kInt ? fits(std::numeric_limits<std::int32_t>())
                                                     : fits(std::numeric_limits<std::int16_t>()));
  return is_in_range ? std::optional<double>(static_cast<double>(*number)) : std::nullopt;
}

std::optional<std::string> problem_with_number(const JavaConfig& config, std::string_view text) {
  const auto number = number_of(config.kind, text);
  if (!number) return fmt::format("Not a number of type {}", kind_name(config.kind));
  const auto dots = config.values.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const std::string_view least = config.values.substr(0, dots);
  const std::string_view most = config.values.substr(dots + 2);
  if (!least.empty() && *number < parse_number(least)) {
    return fmt::format("Value must be at least {}", least);
  }
  if (!most.empty() && *number > parse_number(most)) {
    return fmt::format("Value must be no more than {}", most);
  }
  return std::nullopt;
}

std::optional<std::string> problem_with_word(const JavaConfig& config, std::string_view text) {
  if (config.values.empty()) return std::nullopt;
  const bool any_case = config.values.starts_with('~');
  const bool is_class = config.values.starts_with('@');
  const std::string_view words = config.values.substr(any_case || is_class ? 1 : 0);
  for (const std::string_view word : split(words, ',')) {
    if (any_case ? equals_ignore_case(trim(word), text) : trim(word) == text) return std::nullopt;
  }
  if (is_class) return fmt::format("Class {} could not be found.", text);
  return fmt::format("String must be one of{}: {}", any_case ? " (case insensitive)" : "", words);
}

// Java tells of this one in a class of its own.
std::optional<std::string> problem_with_reset(std::string_view text) {
  if (parse_offset_reset(text)) return std::nullopt;
  return fmt::format(
      "Invalid value `{}` for configuration auto.offset.reset. The value must be "
      "either 'earliest', 'latest', 'none' or of the format "
      "'by_duration:<PnDTnHnMn.nS.>'.",
      text);
}

std::optional<std::string> problem_with(const JavaConfig& config, std::string_view text) {
  if (config.name == "transactional.id" && text.empty()) return "String must be non-empty";
  switch (config.kind) {
    case ConfigKind::kText:
      return config.name == "auto.offset.reset" ? problem_with_reset(text)
                                                : problem_with_word(config, text);
    case ConfigKind::kBoolean:
      if (equals_ignore_case(text, "true") || equals_ignore_case(text, "false")) return {};
      return "Expected value to be either true or false";
    default:
      return problem_with_number(config, text);
  }
}

}  // namespace

bool is_java_config(JavaClients client, std::string_view name) {
  return find_config(client, name) != nullptr;
}

std::optional<std::string> problem_with_java_config(JavaClients client, std::string_view name,
                                                    std::string_view value) {
  const JavaConfig* config = find_config(client, name);
  if (config == nullptr) return std::nullopt;
  const auto problem = problem_with(*config, trim(value));
  if (!problem) return std::nullopt;
  return fmt::format("Invalid value {} for configuration {}: {}", value, name, *problem);
}

std::optional<std::string> problem_with_java_classes(JavaClients client, std::string_view name,
                                                     std::string_view value) {
  const auto at = std::ranges::find_if(kJavaClasses, [&](const JavaClasses& classes) {
    return classes.name == name && (classes.clients & client) != 0;
  });
  if (at == kJavaClasses.end()) return std::nullopt;
  const auto known = split(at->known, ',');
  for (const std::string_view part : split(value, ',')) {
    const std::string_view one = trim(part);
    if (one.empty() || std::ranges::find(known, one) != known.end()) continue;
    return name == kAssignors ? fmt::format("{} ClassNotFoundException exception occurred", one)
                              : fmt::format("Class {} cannot be found", one);
  }
  return std::nullopt;
}

}  // namespace kreel::kafka_tools
