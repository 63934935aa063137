#include "catalog/effective_config.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "catalog/group_configs.hpp"

namespace kreel::catalog {
namespace {

std::string in_unit_of_topic(std::string_view value, std::int64_t factor) {
  if (factor == 1) return std::string(value);
  const std::int64_t number = parse_int64(value).value_or(0);
  if (number < 0) return "-1";
  const std::int64_t max = std::numeric_limits<std::int64_t>::max();
  return fmt::to_string(number > max / factor ? max : number * factor);
}

std::optional<std::string> shown(const ConfigDefinition& definition, std::string_view value) {
  if (definition.is_sensitive() || value.data() == nullptr) return std::nullopt;
  return std::string(value);
}

void add_layer(const ConfigMap& layer, ConfigSource source, std::string_view name,
               std::vector<ConfigOrigin>& out) {
  const auto found = layer.find(name);
  if (found == layer.end()) return;
  const BrokerConfigEntry* entry = find_broker_config(name);
  const bool hidden = entry != nullptr && entry->definition.is_sensitive();
  out.push_back({std::string(name), hidden ? std::nullopt : std::optional(found->second), source});
}

// All that was set under any of the names, the one in force first, as Kafka lists it: built-in
// defaults of other names count only behind something that was set.
std::vector<ConfigOrigin> origins_of(std::span<const std::string_view> names,
                                     const BrokerLayers& layers) {
  std::vector<ConfigOrigin> origins;
  for (const auto name : names) {
    add_layer(layers.broker, ConfigSource::kDynamicBroker, name, origins);
  }
  for (const auto name : names) {
    add_layer(layers.default_broker, ConfigSource::kDynamicDefaultBroker, name, origins);
  }
  for (const auto name : names) {
    add_layer(layers.set_by_user, ConfigSource::kStaticBroker, name, origins);
  }
  for (const auto name : names) {
    const BrokerConfigEntry* entry = find_broker_config(name);
    if (entry == nullptr || !entry->definition.has_default()) continue;
    if (origins.empty() && name != names.front()) continue;
    origins.push_back({std::string(name), shown(entry->definition, entry->definition.default_value),
                       ConfigSource::kDefault});
  }
  return origins;
}

// The names that stand for the same thing as the broker setting `name`, itself first.
std::vector<std::string_view> synonyms_of_broker_config(std::string_view name) {
  for (const TopicConfig& config : topic_configs()) {
    const auto synonyms = config.broker_synonyms();
    const auto at = std::ranges::find(synonyms, name, &BrokerSynonym::name);
    if (at == synonyms.end()) continue;
    std::vector<std::string_view> names;
    for (auto it = at; it != synonyms.end(); ++it) names.push_back(it->name);
    return names;
  }
  return {name};
}

}  // namespace

std::optional<std::string> default_of_broker(const TopicConfig& config,
                                             const ConfigMap& broker_configs) {
  for (const BrokerSynonym& synonym : config.broker_synonyms()) {
    const auto found = broker_configs.find(synonym.name);
    if (found != broker_configs.end()) return in_unit_of_topic(found->second, synonym.factor);
  }
  return std::nullopt;
}

EffectiveConfig effective_topic_config(const TopicConfig& config, const ConfigMap& overrides,
                                       const BrokerLayers& layers) {
  std::vector<std::string_view> names;
  for (const BrokerSynonym& synonym : config.broker_synonyms()) names.push_back(synonym.name);
  EffectiveConfig effective;
  effective.definition = &config.definition;
  effective.synonyms = origins_of(names, layers);
  effective.value = shown(config.definition, config.definition.default_value);
  const auto own = overrides.find(config.definition.name);
  if (own != overrides.end()) {
    effective.value = own->second;
    effective.synonyms.insert(
        effective.synonyms.begin(),
        ConfigOrigin{std::string(config.definition.name), own->second, ConfigSource::kTopic});
  } else {
    // In the order of names, not of layers: a dynamic log.retention.hours does not exist.
    for (const BrokerSynonym& synonym : config.broker_synonyms()) {
      const auto set = std::ranges::find_if(effective.synonyms, [&](const ConfigOrigin& origin) {
        return origin.name == synonym.name && origin.source != ConfigSource::kDefault;
      });
      if (set == effective.synonyms.end()) continue;
      effective.value = in_unit_of_topic(set->value.value_or(""), synonym.factor);
      std::rotate(effective.synonyms.begin(), set, set + 1);
      break;
    }
  }
  if (!effective.synonyms.empty()) effective.source = effective.synonyms.front().source;
  return effective;
}

EffectiveConfig effective_group_config(const ConfigDefinition& definition,
                                       const ConfigMap& overrides, const BrokerLayers& layers) {
  const std::string synonym = broker_synonym_of_group_config(definition.name);
  EffectiveConfig effective;
  effective.definition = &definition;
  effective.synonyms = origins_of(std::vector<std::string_view>{synonym}, layers);
  if (effective.synonyms.empty()) {
    effective.synonyms.push_back({std::string(definition.name),
                                  shown(definition, definition.default_value),
                                  ConfigSource::kDefault});
  }
  const auto own = overrides.find(definition.name);
  if (own != overrides.end()) {
    effective.synonyms.insert(
        effective.synonyms.begin(),
        ConfigOrigin{std::string(definition.name), own->second, ConfigSource::kGroup});
  }
  effective.value = effective.synonyms.front().value;
  effective.source = effective.synonyms.front().source;
  return effective;
}

EffectiveConfig effective_broker_config(const BrokerConfigEntry& entry,
                                        const BrokerLayers& layers) {
  EffectiveConfig effective;
  effective.definition = &entry.definition;
  effective.is_read_only = is_read_only(entry);
  effective.synonyms = origins_of(synonyms_of_broker_config(entry.definition.name), layers);
  // What stands before the setting's own entry says nothing about it.
  const auto own =
      std::ranges::find(effective.synonyms, entry.definition.name, &ConfigOrigin::name);
  effective.synonyms.erase(effective.synonyms.begin(), own);
  if (effective.synonyms.empty()) {
    effective.value = shown(entry.definition, entry.definition.default_value);
  } else {
    effective.value = effective.synonyms.front().value;
    effective.source = effective.synonyms.front().source;
  }
  return effective;
}

}  // namespace kreel::catalog
