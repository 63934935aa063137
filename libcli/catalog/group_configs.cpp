#include "catalog/group_configs.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "catalog/broker_configs.hpp"

namespace kreel::catalog {
namespace {

using enum ConfigType;

constexpr std::array kGroupConfigs = {
    ConfigDefinition{"consumer.assignment.interval.ms", kInt, "1000", at_least(0)},
    ConfigDefinition{"consumer.heartbeat.interval.ms", kInt, "5000", at_least(1)},
    ConfigDefinition{"consumer.session.timeout.ms", kInt, "45000", at_least(1)},
    ConfigDefinition{"share.assignment.interval.ms", kInt, "1000", at_least(0)},
    ConfigDefinition{"share.auto.offset.reset", kString, "latest", any_value()},
    ConfigDefinition{"share.delivery.count.limit", kInt, "5", at_least(2)},
    ConfigDefinition{"share.heartbeat.interval.ms", kInt, "5000", at_least(1)},
    ConfigDefinition{"share.isolation.level", kString, "read_uncommitted",
                     one_of("read_committed, read_uncommitted")},
    ConfigDefinition{"share.partition.max.record.locks", kInt, "2000", at_least(100)},
    ConfigDefinition{"share.record.lock.duration.ms", kInt, "30000", at_least(1000)},
    ConfigDefinition{"share.renew.acknowledge.enable", kBoolean, "true", any_value()},
    ConfigDefinition{"share.session.timeout.ms", kInt, "45000", at_least(1)},
    ConfigDefinition{"streams.assignment.interval.ms", kInt, "1000", at_least(0)},
    ConfigDefinition{"streams.heartbeat.interval.ms", kInt, "5000", at_least(1)},
    ConfigDefinition{"streams.initial.rebalance.delay.ms", kInt, "3000", at_least(0)},
    ConfigDefinition{"streams.num.standby.replicas", kInt, "0", at_least(0)},
    ConfigDefinition{"streams.session.timeout.ms", kInt, "45000", at_least(1)},
};

std::int64_t value_of_broker(const BrokerConfigEntry& entry, const ConfigMap& set_by_user) {
  const auto set = set_by_user.find(entry.definition.name);
  const std::string_view value =
      set == set_by_user.end() ? entry.definition.default_value : std::string_view(set->second);
  return parse_int64(value).value_or(0);
}

// "share.session.timeout.ms" lies between group.share.min.session.timeout.ms and the max of it.
std::optional<std::string> beyond_limits(std::string_view name, std::int64_t value,
                                         const ConfigMap& set_by_user) {
  const auto dot = name.find('.');
  const auto limit_of = [&](std::string_view which) {
    return fmt::format(
        "group.{}.{}.{}", name.substr(0, dot), which,
        name == "streams.num.standby.replicas" ? "standby.replicas" : name.substr(dot + 1));
  };
  const std::string least = limit_of("min");
  const BrokerConfigEntry* entry = find_broker_config(least);
  if (entry != nullptr && value < value_of_broker(*entry, set_by_user)) {
    return fmt::format("{} must be greater than or equal to {}", name, least);
  }
  const std::string most = limit_of("max");
  entry = find_broker_config(most);
  if (entry != nullptr && value > value_of_broker(*entry, set_by_user)) {
    return fmt::format("{} must be less than or equal to {}", name, most);
  }
  return std::nullopt;
}

std::optional<std::string> session_not_longer_than_heartbeat(const ConfigMap& overrides,
                                                             const ConfigMap& set_by_user) {
  const auto in_force = [&](const std::string& name) {
    const auto own = overrides.find(name);
    if (own != overrides.end()) return parse_int64(own->second).value_or(0);
    return value_of_broker(*find_broker_config("group." + name), set_by_user);
  };
  for (const std::string kind : {"consumer", "share", "streams"}) {
    const std::string session = kind + ".session.timeout.ms";
    const std::string heartbeat = kind + ".heartbeat.interval.ms";
    if (!overrides.contains(session) && !overrides.contains(heartbeat)) continue;
    if (in_force(session) > in_force(heartbeat)) continue;
    return fmt::format("{} must be greater than {}", session, heartbeat);
  }
  return std::nullopt;
}

// Kafka reads the whole of ISO 8601; whatever it is, it begins like this and is not negative.
bool is_offset_reset(std::string_view value) {
  constexpr std::size_t kBytesMax = 64;
  return value == "latest" || value == "earliest" ||
         (value.starts_with("by_duration:P") && value.size() <= kBytesMax);
}

}  // namespace

std::span<const ConfigDefinition> group_configs() {
  return kGroupConfigs;
}

const ConfigDefinition* find_group_config(std::string_view name) {
  const auto* const found =
      std::ranges::lower_bound(kGroupConfigs, name, {}, &ConfigDefinition::name);
  return found == kGroupConfigs.end() || found->name != name ? nullptr : found;
}

std::string broker_synonym_of_group_config(std::string_view name) {
  return fmt::format("group.{}", name);
}

std::optional<std::string> check_group_configs(ConfigMap& overrides, const ConfigMap& set_by_user) {
  for (auto& [name, value] : overrides) {
    const ConfigDefinition* definition = find_group_config(name);
    if (definition == nullptr) return "Unknown group config name: " + name.substr(0, 200);
    auto checked = check_config(*definition, value);
    if (!checked) return std::move(checked.error());
    value = std::move(*checked);
    if (name == "share.auto.offset.reset" && !is_offset_reset(value)) {
      return fmt::format(
          "Invalid value {} for configuration {}: Unknown share group reset strategy",
          value.substr(0, 200), name);
    }
    if (definition->type != kInt) continue;
    if (auto why = beyond_limits(name, parse_int64(value).value_or(0), set_by_user)) return why;
  }
  return session_not_longer_than_heartbeat(overrides, set_by_user);
}

}  // namespace kreel::catalog
