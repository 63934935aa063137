#include "broker/handlers/config_resource.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "catalog/broker_configs.hpp"
#include "catalog/group_configs.hpp"
#include "catalog/topic_configs.hpp"
#include "catalog/validation.hpp"

namespace kreel::broker {
namespace {

using catalog::ChangeResult;
using catalog::ConfigMap;
using protocol::ErrorCode;

/// Each of them is in memory.
constexpr std::size_t kGroupsWithConfigsMax = 10'000;
constexpr std::size_t kNameOfSuchGroupBytesMax = 1024;

const catalog::ConfigDefinition* find_definition(ConfigResourceType type, std::string_view name) {
  if (type == ConfigResourceType::kTopic) {
    const auto* config = catalog::find_topic_config(name);
    return config == nullptr ? nullptr : &config->definition;
  }
  if (type == ConfigResourceType::kGroup) return catalog::find_group_config(name);
  const auto* config = catalog::find_broker_config(name);
  return config == nullptr ? nullptr : &config->definition;
}

ChangeResult check_form(const ConfigResourceChange& resource) {
  std::set<std::string_view> names;
  std::vector<std::string_view> nulls;  // a name may be empty
  for (const ConfigChange& change : resource.changes) {
    if (!names.insert(change.name).second) {
      return {ErrorCode::INVALID_REQUEST, "Error due to duplicate config keys"};
    }
    if (change.operation < 0 || change.operation > 3) {
      return {ErrorCode::INVALID_REQUEST,
              fmt::format("Unknown operations type {}", change.operation)};
    }
    if (!change.value && change.operation != static_cast<std::int8_t>(ConfigOperation::kDelete)) {
      nulls.push_back(change.name);
    }
  }
  if (nulls.empty()) return {};
  return {ErrorCode::INVALID_REQUEST,
          fmt::format("Null value not supported for : {}", fmt::join(nulls, ", "))};
}

// KIP-339: elements are added once and taken away where they are.
ChangeResult change_list(ConfigResourceType type, const ConfigChange& change, ConfigMap& configs) {
  const bool appends = change.operation == static_cast<std::int8_t>(ConfigOperation::kAppend);
  const auto* definition = find_definition(type, change.name);
  if (definition == nullptr || definition->type != catalog::ConfigType::kList) {
    return {ErrorCode::INVALID_CONFIG,
            fmt::format("Can't {} to key {} because its type is not LIST.",
                        appends ? "APPEND" : "SUBTRACT", change.name)};
  }
  const auto present = configs.find(change.name);
  const std::string old(present == configs.end() ? definition->default_value : present->second);
  std::vector<std::string> elements;
  for (const auto part : split(old, ',')) {
    if (!part.empty()) elements.emplace_back(part);
  }
  for (const auto raw : split(*change.value, ',')) {
    const std::string part(trim(raw));
    const auto found = std::ranges::find(elements, part);
    if (appends && found == elements.end()) elements.push_back(part);
    if (!appends && found != elements.end()) elements.erase(found);
  }
  std::string joined;
  for (const std::string& element : elements) joined += (joined.empty() ? "" : ",") + element;
  configs[change.name] = joined;
  return {};
}

ChangeResult apply(const ConfigResourceChange& resource, ConfigMap& configs) {
  if (resource.replaces_all) configs.clear();
  for (const ConfigChange& change : resource.changes) {
    switch (static_cast<ConfigOperation>(change.operation)) {
      case ConfigOperation::kSet:
        configs[change.name] = *change.value;
        break;
      case ConfigOperation::kDelete:
        configs.erase(change.name);
        break;
      default: {
        const auto type = static_cast<ConfigResourceType>(resource.type);
        if (auto result = change_list(type, change, configs); !result.ok()) return result;
      }
    }
  }
  return {};
}

ChangeResult change_topic(Broker& broker, const ConfigResourceChange& resource,
                          bool validate_only) {
  if (resource.name.empty()) {
    return {ErrorCode::INVALID_REQUEST, "Default topic resources are not allowed."};
  }
  if (auto problem = catalog::problem_with_topic_name(resource.name)) {
    return {ErrorCode::INVALID_TOPIC_EXCEPTION, std::move(*problem)};
  }
  const auto topic = broker.catalog().snapshot()->find(resource.name);
  if (topic == nullptr) {
    return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            fmt::format("The topic '{}' does not exist.", resource.name)};
  }
  ConfigMap configs = topic->overrides;
  if (auto result = apply(resource, configs); !result.ok()) return result;
  if (auto problem = catalog::check_topic_configs(configs)) {
    return {ErrorCode::INVALID_CONFIG, std::move(*problem)};
  }
  return validate_only ? ChangeResult{}
                       : broker.catalog().set_topic_configs(resource.name, std::move(configs));
}

ChangeResult change_broker(Broker& broker, const ConfigResourceChange& resource,
                           bool validate_only) {
  const bool is_default = resource.name.empty();
  if (!is_default) {
    const auto id = parse_int32(resource.name);
    if (!id) {
      return {ErrorCode::INVALID_REQUEST,
              fmt::format("Node id must be an integer, but it is: {}", resource.name)};
    }
    if (*id != broker.config().node_id) {
      return {ErrorCode::INVALID_REQUEST,
              fmt::format("Unexpected broker id, expected {}, but received {}",
                          broker.config().node_id, resource.name)};
    }
  }
  const auto snapshot = broker.catalog().snapshot();
  ConfigMap configs =
      is_default ? snapshot->default_broker_overrides() : snapshot->broker_overrides();
  if (auto result = apply(resource, configs); !result.ok()) return result;
  if (auto problem = catalog::check_dynamic_broker_configs(is_default, configs)) {
    return {ErrorCode::INVALID_REQUEST, std::move(*problem)};
  }
  if (auto problem = catalog::problem_with_min_insync_replicas(configs)) {
    return {ErrorCode::INVALID_CONFIG, std::move(*problem)};
  }
  return validate_only ? ChangeResult{}
                       : broker.catalog().set_broker_configs(is_default, std::move(configs));
}

ChangeResult change_group(Broker& broker, const ConfigResourceChange& resource,
                          bool validate_only) {
  if (resource.name.empty()) {
    return {ErrorCode::INVALID_REQUEST, "Default group resources are not allowed."};
  }
  if (resource.name.size() > kNameOfSuchGroupBytesMax) {
    return {ErrorCode::INVALID_REQUEST, "Group name is too long"};
  }
  const auto snapshot = broker.catalog().snapshot();
  const auto& groups = *snapshot->group_overrides();
  const auto own = groups.find(resource.name);
  ConfigMap configs = own == groups.end() ? ConfigMap{} : own->second;
  if (auto result = apply(resource, configs); !result.ok()) return result;
  if (auto problem = catalog::check_group_configs(configs, broker.config().set_by_user)) {
    return {ErrorCode::INVALID_CONFIG, std::move(*problem)};
  }
  if (own == groups.end() && groups.size() >= kGroupsWithConfigsMax) {
    return {ErrorCode::POLICY_VIOLATION, "Too many groups have settings of their own."};
  }
  const bool is_nothing = own == groups.end() && configs.empty();
  return validate_only || is_nothing
             ? ChangeResult{}
             : broker.catalog().set_group_configs(resource.name, std::move(configs));
}

ChangeResult change_one(Broker& broker, const ConfigResourceChange& resource, bool validate_only) {
  if (auto result = check_form(resource); !result.ok()) return result;
  switch (static_cast<ConfigResourceType>(resource.type)) {
    case ConfigResourceType::kTopic:
      return change_topic(broker, resource, validate_only);
    case ConfigResourceType::kBroker:
      return change_broker(broker, resource, validate_only);
    case ConfigResourceType::kBrokerLogger:
      return {ErrorCode::INVALID_REQUEST, "This broker has no loggers."};
    case ConfigResourceType::kClientMetrics:
      return {ErrorCode::INVALID_REQUEST, "This broker takes no client metrics."};
    case ConfigResourceType::kGroup:
      return change_group(broker, resource, validate_only);
  }
  return {ErrorCode::INVALID_REQUEST, fmt::format("Unknown resource type {}", resource.type)};
}

}  // namespace

std::vector<ChangeResult> change_configs(Broker& broker,
                                         const std::vector<ConfigResourceChange>& resources,
                                         bool validate_only) {
  std::map<std::pair<std::int8_t, std::string_view>, int> times_named;
  for (const auto& resource : resources) ++times_named[{resource.type, resource.name}];
  std::vector<ChangeResult> results;
  for (const auto& resource : resources) {
    if (times_named[{resource.type, resource.name}] > 1) {
      results.push_back({ErrorCode::INVALID_REQUEST, "Each resource must appear at most once."});
    } else {
      results.push_back(change_one(broker, resource, validate_only));
    }
  }
  return results;
}

}  // namespace kreel::broker
