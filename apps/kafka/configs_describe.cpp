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

Outcome<void> describe_resource(const ConfigEntity& entity, const std::string& name, bool all,
                                AdminClient& admin, ToolContext& context) {
  const ConfigResource resource{*resource_type_of(entity.type), name};
  if (name.empty()) {
    context.out_line(fmt::format("Default configs for {} in the cluster are:", entity.type));
  } else {
    context.out_line(fmt::format("{} configs for {} {} are:", all ? "All" : "Dynamic",
                                 singular(entity.type), name));
  }
  context.host().streams.out.flush_now();
  TRY_ASSIGN(const auto described,
             in_java(admin.describe_configs(std::span(&resource, 1), {}), "describeConfigs"));
  if (described.front().error) return tl::unexpected(java_error(*described.front().error));
  for (const ConfigEntry& entry : described.front().entries) {
    const bool is_own = entry.source == own_source(resource);
    if (all || is_own) context.out_line(config_line(entry));
  }
  return {};
}

// The names where none is given.
Outcome<std::vector<std::string>> names_of(const std::string& entity_type, AdminClient& admin) {
  std::vector<std::string> names;
  if (entity_type == "topics") {
    TRY_ASSIGN(const auto topics, in_java(admin.list_topics(), "listTopics"));
    for (const TopicInfo& topic : topics) names.push_back(topic.name);
  } else if (entity_type == "brokers" || entity_type == "broker-loggers") {
    TRY_ASSIGN(const auto cluster, in_java(admin.describe_cluster(), "listNodes"));
    for (const BrokerInfo& broker : cluster.brokers) names.push_back(std::to_string(broker.id));
    if (entity_type == "brokers") names.emplace_back();
  } else {
    TRY_ASSIGN(const auto groups, in_java(admin.list_groups({}), "listGroups"));
    for (const GroupListing& group : groups.groups) names.push_back(group.group);
  }
  return names;
}

// Whether `name` is there; a topic or broker that is not has nothing to describe.
Outcome<bool> is_there(const ConfigEntity& entity, AdminClient& admin) {
  if (entity.type == "groups" || entity.type == "client-metrics") return true;
  if (entity.name->empty()) return true;
  TRY_ASSIGN(const auto names, names_of(entity.type, admin));
  return std::ranges::find(names, *entity.name) != names.end();
}

Outcome<void> describe_scram(const ConfigEntity& entity, AdminClient& admin,
                             ToolContext& context) {
  TRY_ASSIGN(const auto users,
             in_java(admin.list_users(), "describeUserScramCredentials"));
  for (const UserInfo& user : users) {
    if (entity.name && user.name != *entity.name) continue;
    std::vector<std::string> parts;
    for (const UserCredential& credential : user.credentials) {
      parts.push_back(
          fmt::format("{}=iterations={}", credential.mechanism, credential.iterations));
    }
    context.out_line(fmt::format("SCRAM credential configs for user-principal '{}' are {}",
                                 user.name, join(parts, ", ")));
  }
  return {};
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

Outcome<Ending> describe_entities(const std::vector<ConfigEntity>& entities, const Options& options,
                                  AdminClient& admin, ToolContext& context) {
  const ConfigEntity& entity = entities.front();
  if (entity.type == "users") {
    TRY(describe_scram(entity, admin, context));
    return Ending{};
  }
  const bool all = options.has("all");
  std::vector<std::string> names;
  if (entity.name) {
    if (!all) {
      TRY_ASSIGN(const bool there, is_there(entity, admin));
      if (!there) {
        context.out_line(fmt::format("The {} '{}' doesn't exist and doesn't have dynamic config.",
                                     singular(entity.type), *entity.name));
        return Ending{0, ExitCode::kNotFound};
      }
    }
    names.push_back(*entity.name);
  } else {
    TRY_ASSIGN(names, names_of(entity.type, admin));
  }
  for (const std::string& name : names) {
    TRY(describe_resource(entity, name, all, admin, context));
  }
  return Ending{};
}

}  // namespace kreel::kafka_tools
