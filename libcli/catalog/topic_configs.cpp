#include "catalog/topic_configs.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/core.h>

#include "base/text.hpp"
#include "kreel/configs.hpp"

namespace kreel::catalog {
namespace {

using enum ConfigType;

constexpr std::string_view kNoDefault{};
constexpr bool kObeyed = true;
constexpr bool kStored = false;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 3'600'000;

// Names, types, defaults and ranges: Apache Kafka 4.3.1, LogConfig and ServerTopicConfigSynonyms.
constexpr auto kTopicConfigs = std::to_array<TopicConfig>({
    {{"cleanup.policy", kList, "delete", each_of("compact, delete")},
     kObeyed,
     {{"log.cleanup.policy"}}},
    {{"compression.gzip.level", kInt, "-1", level_or_minus_one(1, 9)},
     kObeyed,
     {{"compression.gzip.level"}}},
    {{"compression.lz4.level", kInt, "9", between(1, 17)}, kObeyed, {{"compression.lz4.level"}}},
    {{"compression.type", kString, "producer",
      one_of("uncompressed, zstd, lz4, snappy, gzip, producer")},
     kObeyed,
     {{"compression.type"}}},
    {{"compression.zstd.level", kInt, "3", between(-131'072, 22)},
     kObeyed,
     {{"compression.zstd.level"}}},
    {{"delete.retention.ms", kLong, "86400000", at_least(0)},
     kObeyed,
     {{"log.cleaner.delete.retention.ms"}}},
    {{"file.delete.delay.ms", kLong, "60000", at_least(0)},
     kObeyed,
     {{"log.segment.delete.delay.ms"}}},
    {{"flush.messages", kLong, "9223372036854775807", at_least(1)},
     kObeyed,
     {{"log.flush.interval.messages"}}},
    {{"flush.ms", kLong, "9223372036854775807", at_least(0)},
     kObeyed,
     {{"log.flush.interval.ms"}, {"log.flush.scheduler.interval.ms"}}},
    {{"follower.replication.throttled.replicas", kList, "", throttled_replicas()}, kStored, {}},
    {{"index.interval.bytes", kInt, "4096", at_least(0)}, kObeyed, {{"log.index.interval.bytes"}}},
    {{"internal.segment.bytes", kInt, kNoDefault, at_least(1)}, kObeyed, {}},
    {{"kreel.validate.records", kBoolean, "true", any_value()}, kObeyed, {}},
    {{"leader.replication.throttled.replicas", kList, "", throttled_replicas()}, kStored, {}},
    {{"local.retention.bytes", kLong, "-2", at_least(-2)},
     kStored,
     {{"log.local.retention.bytes"}}},
    {{"local.retention.ms", kLong, "-2", at_least(-2)}, kStored, {{"log.local.retention.ms"}}},
    {{"max.compaction.lag.ms", kLong, "9223372036854775807", at_least(1)},
     kObeyed,
     {{"log.cleaner.max.compaction.lag.ms"}}},
    {{"max.message.bytes", kInt, "1048588", at_least(0)}, kObeyed, {{"message.max.bytes"}}},
    {{"message.timestamp.after.max.ms", kLong, "3600000", at_least(0)},
     kObeyed,
     {{"log.message.timestamp.after.max.ms"}}},
    {{"message.timestamp.before.max.ms", kLong, "9223372036854775807", at_least(0)},
     kObeyed,
     {{"log.message.timestamp.before.max.ms"}}},
    {{"message.timestamp.type", kString, "CreateTime", one_of("CreateTime, LogAppendTime")},
     kObeyed,
     {{"log.message.timestamp.type"}}},
    {{"min.cleanable.dirty.ratio", kDouble, "0.5", between(0, 1)},
     kObeyed,
     {{"log.cleaner.min.cleanable.ratio"}}},
    {{"min.compaction.lag.ms", kLong, "0", at_least(0)},
     kObeyed,
     {{"log.cleaner.min.compaction.lag.ms"}}},
    {{"min.insync.replicas", kInt, "1", at_least(1)}, kStored, {{"min.insync.replicas"}}},
    {{"preallocate", kBoolean, "false", any_value()}, kStored, {{"log.preallocate"}}},
    {{"remote.log.copy.disable", kBoolean, "false", any_value()}, kStored, {}},
    {{"remote.log.delete.on.disable", kBoolean, "false", any_value()}, kStored, {}},
    {{"remote.storage.enable", kBoolean, "false", any_value()}, kStored, {}},
    {{"retention.bytes", kLong, "-1", any_value()}, kObeyed, {{"log.retention.bytes"}}},
    {{"retention.ms", kLong, "604800000", at_least(-1)},
     kObeyed,
     {{"log.retention.ms"},
      {"log.retention.minutes", kMinuteMs},
      {"log.retention.hours", kHourMs}}},
    {{"segment.bytes", kInt, "1073741824", at_least(1'048'576)}, kObeyed, {{"log.segment.bytes"}}},
    {{"segment.index.bytes", kInt, "10485760", at_least(4)},
     kObeyed,
     {{"log.index.size.max.bytes"}}},
    {{"segment.jitter.ms", kLong, "0", at_least(0)},
     kStored,
     {{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", kHourMs}}},
    {{"segment.ms", kLong, "604800000", at_least(1)},
     kObeyed,
     {{"log.roll.ms"}, {"log.roll.hours", kHourMs}}},
    {{"unclean.leader.election.enable", kBoolean, "false", any_value()},
     kStored,
     {{"unclean.leader.election.enable"}}},
});
static_assert(std::ranges::is_sorted(kTopicConfigs, {}, [](const TopicConfig& config) {
  return config.definition.name;
}));

std::int64_t number_or_default(const ConfigMap& overrides, std::string_view name) {
  const auto found = overrides.find(name);
  const std::string_view text =
      found == overrides.end() ? find_topic_config(name)->definition.default_value : found->second;
  return parse_int64(text).value_or(0);
}

std::optional<std::string> check_each(ConfigMap& overrides) {
  for (auto& [name, value] : overrides) {
    const TopicConfig* config = find_topic_config(name);
    if (config == nullptr) return "Unknown topic config name: " + name.substr(0, 200);
    auto checked = check_config(config->definition, value);
    if (!checked) return std::move(checked.error());
    value = std::move(*checked);
  }
  return std::nullopt;
}

// What Kafka checks of several settings together, clients too.
std::optional<std::string> problem_with_lags(const ConfigMap& overrides) {
  const std::int64_t min_lag_ms = number_or_default(overrides, "min.compaction.lag.ms");
  const std::int64_t max_lag_ms = number_or_default(overrides, "max.compaction.lag.ms");
  if (min_lag_ms > max_lag_ms) {
    return fmt::format(
        "conflict topic config setting min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})",
        min_lag_ms, max_lag_ms);
  }
  return std::nullopt;
}

std::optional<std::string> find_conflict(const ConfigMap& overrides) {
  if (auto problem = problem_with_lags(overrides)) return problem;
  const auto remote = overrides.find("remote.storage.enable");
  if (remote != overrides.end() && remote->second == "true") {
    return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured "
           "with remote log storage.";
  }
  return problem_with_min_insync_replicas(overrides);
}

}  // namespace

std::span<const BrokerSynonym> TopicConfig::broker_synonyms() const {
  const auto end = std::ranges::find(synonyms, std::string_view{}, &BrokerSynonym::name);
  return {std::begin(synonyms), end};
}

std::span<const TopicConfig> topic_configs() {
  return kTopicConfigs;
}

std::optional<std::string> problem_with_min_insync_replicas(const ConfigMap& configs) {
  const auto found = configs.find(kMinInsyncReplicas);
  if (found == configs.end() || parse_int64(found->second).value_or(0) <= 1) return std::nullopt;
  return fmt::format(
      "Invalid value {} for configuration {}: this broker is alone, so 1 is all there is",
      found->second, kMinInsyncReplicas);
}

const TopicConfig* find_topic_config(std::string_view name) {
  const auto name_of = [](const TopicConfig& config) { return config.definition.name; };
  const auto found = std::ranges::lower_bound(kTopicConfigs, name, {}, name_of);
  return found == kTopicConfigs.end() || found->definition.name != name ? nullptr : &*found;
}

std::optional<std::string> check_topic_configs(ConfigMap& overrides) {
  if (auto problem = check_each(overrides)) return problem;
  return find_conflict(overrides);
}

}  // namespace kreel::catalog

namespace kreel {

std::optional<std::string> problem_with_topic_configs(
    std::span<const std::pair<std::string, std::string>> configs) {
  catalog::ConfigMap overrides;
  for (const auto& [name, value] : configs) overrides[name] = value;
  for (const auto& [name, value] : overrides) {
    if (catalog::find_topic_config(name) == nullptr) return "Unknown topic config name: " + name;
  }
  if (auto problem = catalog::check_each(overrides)) return problem;
  return catalog::problem_with_lags(overrides);
}

}  // namespace kreel
