#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kTypesOfResourcesFrom = 1;

Subject subject_of(const ConfigResource& resource, std::string_view operation) {
  switch (resource.type) {
    case ConfigResourceType::kTopic:
      return Subject::topic(resource.name, operation);
    case ConfigResourceType::kGroup:
      return Subject::group(resource.name, operation);
    case ConfigResourceType::kClientMetrics:
      return {"client metrics", resource.name, operation, std::nullopt};
    default:
      return {"broker", resource.name, operation, std::nullopt};
  }
}

/// A named broker's settings are its own to tell and to change; all else goes to the controller.
class ConfigRouter final : public Router {
 public:
  ConfigRouter(Cluster& cluster, std::vector<ConfigResource> resources)
      : cluster_(cluster), controller_(cluster), resources_(std::move(resources)) {}

  Result<void> prepare(std::span<const std::size_t> items, bool again, Outcome& outcome,
                       const Deadline& deadline) override {
    TRY(controller_.prepare(items, again, outcome, deadline));
    for (const std::size_t item : items) {
      const auto id = broker_id(resources_[item]);
      if (id && !cluster_.brokers().contains(*id)) {
        Error error(ErrorKind::kNotFound, fmt::format("broker {} not found", *id));
        outcome.failed(item, {std::move(error), 0}, false);
      }
    }
    return {};
  }

  std::int32_t broker_of(std::size_t item) const override {
    return broker_id(resources_[item]).value_or(controller_.broker_of(item));
  }

 private:
  static std::optional<std::int32_t> broker_id(const ConfigResource& resource) {
    const bool of_broker = resource.type == ConfigResourceType::kBroker ||
                           resource.type == ConfigResourceType::kBrokerLogger;
    return of_broker ? parse_int32(resource.name) : std::nullopt;
  }

  Cluster& cluster_;
  ControllerRouter controller_;
  std::vector<ConfigResource> resources_;
};

std::optional<std::string> type_name(std::int8_t type) {
  static constexpr std::string_view kNames[] = {"boolean", "string", "int",   "short",   "long",
                                                "double",  "list",   "class", "password"};
  if (type < 1 || static_cast<std::size_t>(type) > std::size(kNames)) return std::nullopt;
  return std::string(kNames[type - 1]);
}

std::vector<ConfigEntry> entries_of(
    const protocol::DescribeConfigsResponse::DescribeConfigsResult& result) {
  std::vector<ConfigEntry> entries;
  for (const auto& config : result.configs) {
    ConfigEntry& entry = entries.emplace_back();
    entry.name = config.name;
    entry.value = config.value;
    entry.source = static_cast<ConfigSource>(std::max<std::int8_t>(0, config.config_source));
    entry.read_only = config.read_only;
    entry.sensitive = config.is_sensitive;
    entry.type = type_name(config.config_type);
    if (config.documentation && !config.documentation->empty()) {
      entry.documentation = config.documentation;
    }
    for (const auto& synonym : config.synonyms) {
      entry.synonyms.push_back(
          {synonym.name, synonym.value, static_cast<ConfigSource>(synonym.source)});
    }
  }
  std::ranges::sort(entries, {}, &ConfigEntry::name);
  return entries;
}

using ResourceKey = std::pair<std::int8_t, std::string>;

std::map<ResourceKey, std::size_t> index_of(const std::vector<std::size_t>& items,
                                            const std::vector<ConfigResource>& resources) {
  std::map<ResourceKey, std::size_t> index;
  for (const std::size_t item : items) {
    index.emplace(ResourceKey(static_cast<std::int8_t>(resources[item].type), resources[item].name),
                  item);
  }
  return index;
}

template <class Results>
std::string topic_of(const Results& result) {
  return result.resource.name;
}

}  // namespace

Result<std::vector<ResourceConfigs>> ProtocolAdmin::describe_configs(
    std::span<const ConfigResource> resources, const DescribeConfigsOptions& options) {
  const Deadline deadline = cluster_.new_deadline();
  const std::vector<ConfigResource> asked(resources.begin(), resources.end());
  std::vector<ResourceConfigs> results;
  for (const ConfigResource& resource : asked) results.push_back({resource, {}, std::nullopt});
  ConfigRouter router(cluster_, asked);
  using Call = Scatter<protocol::DescribeConfigs>;
  Call call(
      cluster_, router,
      [&](protocol::Version version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.include_synonyms = options.synonyms;
        request.include_documentation = options.documentation && version >= 3;
        for (const std::size_t item : items) {
          auto& wanted = request.resources.emplace_back();
          wanted.resource_type = static_cast<std::int8_t>(asked[item].type);
          wanted.resource_name = asked[item].name;
          wanted.configuration_keys.reset();
          if (!options.keys.empty()) wanted.configuration_keys = options.keys;
        }
        return batches;
      },
      [&](const protocol::DescribeConfigsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const auto index = index_of(items, asked);
        for (const auto& result : response.results) {
          const auto at = index.find({result.resource_type, result.resource_name});
          if (at == index.end()) continue;
          if (result.error_code != ErrorCode::NONE) {
            outcome.failed(at->second, result.error_code,
                           subject_of(asked[at->second], "DESCRIBE_CONFIGS"), result.error_message);
            continue;
          }
          results[at->second].entries = entries_of(result);
          outcome.done(at->second);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(asked.size(), deadline));
  for (std::size_t i = 0; i < asked.size(); ++i) results[i].error = outcome.take_error(i);
  suggest_topics(results, topic_of<ResourceConfigs>, deadline);
  return results;
}

Result<std::vector<ResourceResult>> ProtocolAdmin::alter_configs(
    std::span<const ResourceChanges> changes, const CreateTopicsOptions& options) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<ConfigResource> resources;
  std::vector<ResourceResult> results;
  for (const ResourceChanges& change : changes) {
    resources.push_back(change.resource);
    results.push_back({change.resource, std::nullopt});
  }
  ConfigRouter router(cluster_, resources);
  using Call = Scatter<protocol::IncrementalAlterConfigs>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.validate_only = options.validate_only;
        for (const std::size_t item : items) {
          auto& wanted = request.resources.emplace_back();
          wanted.resource_type = static_cast<std::int8_t>(resources[item].type);
          wanted.resource_name = resources[item].name;
          for (const ConfigChange& change : changes[item].changes) {
            auto& config = wanted.configs.emplace_back();
            config.name = change.name;
            config.config_operation = static_cast<std::int8_t>(change.operation);
            config.value = change.value;
          }
        }
        return batches;
      },
      [&](const protocol::IncrementalAlterConfigsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const auto index = index_of(items, resources);
        for (const auto& result : response.responses) {
          const auto at = index.find({result.resource_type, result.resource_name});
          if (at == index.end()) continue;
          outcome.settle(at->second, result.error_code,
                         subject_of(resources[at->second], "ALTER_CONFIGS"), result.error_message);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(resources.size(), deadline));
  for (std::size_t i = 0; i < resources.size(); ++i) results[i].error = outcome.take_error(i);
  suggest_topics(results, topic_of<ResourceResult>, deadline);
  return results;
}

Result<std::vector<std::string>> ProtocolAdmin::list_config_resources(ConfigResourceType type) {
  using Names = std::vector<std::string>;
  const auto ask = [this, type](Connection& connection, const Deadline& limit) -> Result<Names> {
    TRY_ASSIGN(const auto version, connection.version<protocol::ListConfigResources>());
    protocol::ListConfigResourcesRequest request;
    if (version >= kTypesOfResourcesFrom) {
      request.resource_types.push_back(static_cast<std::int8_t>(type));
    } else if (type != ConfigResourceType::kClientMetrics) {
      return fail(ErrorKind::kFailed,
                  "the broker does not support ListConfigResources of this type (Kafka 4.1 and "
                  "later do)");
    }
    TRY_ASSIGN(const auto reply, connection.call<protocol::ListConfigResources>(request, limit));
    if (reply->error_code != ErrorCode::NONE) {
      return fail(describe_error(reply->error_code,
                                 Subject::cluster("DESCRIBE_CONFIGS").by(cluster_.user())));
    }
    Names names;
    for (const auto& resource : reply->config_resources) names.push_back(resource.resource_name);
    std::ranges::sort(names);
    return names;
  };
  return cluster_.with_any(cluster_.new_deadline(), ask);
}

}  // namespace kreel::client

namespace kreel {

std::string_view to_string(ConfigSource source) {
  switch (source) {
    case ConfigSource::kTopic:
      return "topic";
    case ConfigSource::kDynamicBroker:
      return "dynamic_broker";
    case ConfigSource::kDynamicDefaultBroker:
      return "dynamic_default_broker";
    case ConfigSource::kStaticBroker:
      return "static_broker";
    case ConfigSource::kDefault:
      return "default";
    case ConfigSource::kDynamicBrokerLogger:
      return "dynamic_broker_logger";
    case ConfigSource::kClientMetrics:
      return "client_metrics";
    case ConfigSource::kGroup:
      return "group";
    case ConfigSource::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace kreel
