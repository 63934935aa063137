#include <algorithm>

#include "kafka/configs.hpp"

namespace kreel::kafka_tools {
namespace {

std::string_view source_text(ConfigSource source) {
  switch (source) {
    case ConfigSource::kTopic:
      return "DYNAMIC_TOPIC_CONFIG";
    case ConfigSource::kDynamicBroker:
      return "DYNAMIC_BROKER_CONFIG";
    case ConfigSource::kDynamicDefaultBroker:
      return "DYNAMIC_DEFAULT_BROKER_CONFIG";
    case ConfigSource::kStaticBroker:
      return "STATIC_BROKER_CONFIG";
    case ConfigSource::kDefault:
      return "DEFAULT_CONFIG";
    case ConfigSource::kDynamicBrokerLogger:
      return "DYNAMIC_BROKER_LOGGER_CONFIG";
    case ConfigSource::kClientMetrics:
      return "DYNAMIC_CLIENT_METRICS_CONFIG";
    case ConfigSource::kGroup:
      return "DYNAMIC_GROUP_CONFIG";
    case ConfigSource::kUnknown:
      break;
  }
  return "UNKNOWN";
}

// Where a value must come from to be the entity's own.
ConfigSource own_source(const ConfigResource& resource) {
  switch (resource.type) {
    case ConfigResourceType::kTopic:
      return ConfigSource::kTopic;
    case ConfigResourceType::kBroker:
      return resource.name.empty() ? ConfigSource::kDynamicDefaultBroker
                                   : ConfigSource::kDynamicBroker;
    case ConfigResourceType::kBrokerLogger:
      return ConfigSource::kDynamicBrokerLogger;
    case ConfigResourceType::kClientMetrics:
      return ConfigSource::kClientMetrics;
    case ConfigResourceType::kGroup:
      break;
  }
  return ConfigSource::kGroup;
}

std::string config_line(const ConfigEntry& entry) {
  std::vector<std::string> synonyms;
  for (const ConfigSynonym& synonym : entry.synonyms) {
    synonyms.push_back(fmt::format("{}:{}={}", source_text(synonym.source), synonym.name,
                                   synonym.value.value_or("null")));
  }
  return fmt::format("  {}={} sensitive={} synonyms={{{}}}", entry.name,
                     entry.value.value_or("null"), entry.sensitive, join(synonyms, ", "));
}

Outcome<void> show_resource(const ConfigTarget& target, const std::string& name, bool all,
                            AdminClient& admin, ToolContext& context) {
  if (name.empty()) {
    context.out_line(fmt::format("Default configs for {} in the cluster are:", target.type()));
  } else {
    context.out_line(fmt::format("{} configs for {} {} are:", all ? "All" : "Dynamic",
                                 singular(target.type()), name));
  }
  context.host().streams.out.flush_now();
  TRY_ASSIGN(const auto entries, own_entries(target, name, all, admin));
  for (const ConfigEntry& entry : entries) context.out_line(config_line(entry));
  return {};
}

// Nothing where the broker cannot list them.
Outcome<std::optional<std::vector<std::string>>> groups_with_settings(AdminClient& admin) {
  auto listed = admin.list_config_resources(ConfigResourceType::kGroup);
  const bool is_unsupported =
      !listed && listed.error().message().starts_with("the broker does not support");
  if (is_unsupported) return std::optional<std::vector<std::string>>();
  TRY_ASSIGN(auto names, in_java(std::move(listed), "listConfigResources"));
  return std::optional(std::move(names));
}

// The names where none is given.
Outcome<std::vector<std::string>> names_of(const std::string& entity_type, AdminClient& admin) {
  std::vector<std::string> names;
  if (entity_type == "topics") {
    TRY_ASSIGN(const auto topics, in_java(admin.list_topics(), "listTopics"));
    std::vector<std::string> all;
    for (const TopicInfo& topic : topics) all.push_back(topic.name);
    for (const std::size_t i : hash_map_order(all)) names.push_back(all[i]);
  } else if (entity_type == "brokers" || entity_type == "broker-loggers") {
    TRY_ASSIGN(const auto cluster, in_java(admin.describe_cluster(), "listNodes"));
    for (const BrokerInfo& broker : cluster.brokers) names.push_back(std::to_string(broker.id));
    if (entity_type == "brokers") names.emplace_back();
  } else if (entity_type == "groups") {
    TRY_ASSIGN(const auto groups, in_java(admin.list_groups({}), "listGroups"));
    for (const GroupListing& group : groups.groups) names.push_back(group.group);
    TRY_ASSIGN(const auto with_settings, groups_with_settings(admin));
    for (const std::string& group : with_settings.value_or(std::vector<std::string>())) {
      if (std::ranges::find(names, group) == names.end()) names.push_back(group);
    }
  } else {
    TRY_ASSIGN(names, in_java(admin.list_config_resources(ConfigResourceType::kClientMetrics),
                              "listConfigResources"));
  }
  return names;
}

// Whether there is something to describe under this name. What is wrong with a topic's name is
// told first.
Outcome<bool> is_there(const ConfigTarget& target, const std::string& name, AdminClient& admin) {
  if (name.empty()) return true;
  TRY_ASSIGN(const auto names, names_of(target.type(), admin));
  if (std::ranges::find(names, name) != names.end()) return true;
  if (target.type() == "groups") {
    TRY_ASSIGN(const auto with_settings, groups_with_settings(admin));
    return !with_settings;
  }
  if (target.type() != "topics") return false;
  auto entries = own_entries(target, name, false, admin);
  if (!entries && entries.error().type.ends_with("InvalidTopicException")) {
    entries.error().kind = JavaError::Kind::kBare;
    return tl::unexpected(entries.error());
  }
  return false;
}

}  // namespace

std::string_view singular(std::string_view entity_type) {
  return entity_type.substr(0, entity_type.size() - 1);
}

std::optional<ConfigResourceType> resource_type_of(std::string_view entity_type) {
  if (entity_type == "topics") return ConfigResourceType::kTopic;
  if (entity_type == "brokers") return ConfigResourceType::kBroker;
  if (entity_type == "broker-loggers") return ConfigResourceType::kBrokerLogger;
  if (entity_type == "client-metrics") return ConfigResourceType::kClientMetrics;
  if (entity_type == "groups") return ConfigResourceType::kGroup;
  return std::nullopt;
}

Outcome<std::vector<ConfigEntry>> own_entries(const ConfigTarget& target, const std::string& name,
                                              bool all, AdminClient& admin) {
  const ConfigResource resource{*resource_type_of(target.type()), name};
  TRY_ASSIGN(auto described,
             in_java(admin.describe_configs(std::span(&resource, 1), {}), "describeConfigs"));
  if (described.front().error) return tl::unexpected(java_error(*described.front().error));
  auto entries = std::move(described.front().entries);
  // Loggers have no defaults.
  if (!all && resource.type != ConfigResourceType::kBrokerLogger) {
    std::erase_if(entries,
                  [&](const ConfigEntry& entry) { return entry.source != own_source(resource); });
  }
  return entries;
}

Outcome<void> describe_target(const ConfigTarget& target, bool all, AdminClient& admin,
                              ToolContext& context) {
  std::vector<std::string> names;
  if (target.names.empty()) {
    TRY_ASSIGN(names, names_of(target.type(), admin));
  } else {
    names.push_back(target.names.front());
    TRY_ASSIGN(const bool there, all ? Outcome<bool>(true) : is_there(target, names[0], admin));
    if (!there) {
      context.out_line(fmt::format("The {} '{}' doesn't exist and doesn't have dynamic config.",
                                   singular(target.type()), names[0]));
      return {};
    }
  }
  for (const std::string& name : names) {
    TRY(show_resource(target, name, all, admin, context));
  }
  return {};
}

}  // namespace kreel::kafka_tools
