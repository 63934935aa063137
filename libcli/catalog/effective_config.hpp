#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/broker_configs.hpp"
#include "catalog/topic_configs.hpp"

namespace kreel::catalog {

/// Where a value comes from; the numbers are those of DescribeConfigs (v1 on).
enum class ConfigSource : std::int8_t {
  kTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
  kGroup = 8,
};

/// A value that somebody set, or the built-in one; nullopt is Kafka's null, or hidden.
struct ConfigOrigin {
  std::string name;
  std::optional<std::string> value;
  ConfigSource source = ConfigSource::kDefault;
};

struct EffectiveConfig {
  const ConfigDefinition* definition = nullptr;
  std::optional<std::string> value;
  ConfigSource source = ConfigSource::kDefault;
  bool is_read_only = false;
  /// All that was set, the one in force first.
  std::vector<ConfigOrigin> synonyms;
};

/// The layers of broker settings, none of them owned.
struct BrokerLayers {
  const ConfigMap& broker;          ///< dynamic, of this broker
  const ConfigMap& default_broker;  ///< dynamic, of all brokers
  const ConfigMap& set_by_user;     ///< from the start
};

/// The topic setting's default as the broker's settings make it, in the topic setting's own unit;
/// nullopt when no broker setting says anything.
std::optional<std::string> default_of_broker(const TopicConfig& config,
                                             const ConfigMap& broker_configs);

EffectiveConfig effective_topic_config(const TopicConfig& config, const ConfigMap& overrides,
                                       const BrokerLayers& layers);
EffectiveConfig effective_group_config(const ConfigDefinition& definition,
                                       const ConfigMap& overrides, const BrokerLayers& layers);
EffectiveConfig effective_broker_config(const BrokerConfigEntry& entry, const BrokerLayers& layers);

}  // namespace kreel::catalog
