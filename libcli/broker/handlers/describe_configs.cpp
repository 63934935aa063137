// DescribeConfigs, versions 1-4.
//   1: sources and synonyms   3: types and documentation   4: flexible

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/core.h>

#include "base/text.hpp"
#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/config_resource.hpp"
#include "catalog/config_docs.hpp"
#include "catalog/group_configs.hpp"
#include "catalog/log_config.hpp"
#include "catalog/topic_configs.hpp"
#include "catalog/validation.hpp"

namespace kreel::broker {
namespace {

using catalog::ChangeResult;
using catalog::EffectiveConfig;
using protocol::DescribeConfigsRequest;
using protocol::DescribeConfigsResponse;
using protocol::ErrorCode;
using Resource = DescribeConfigsRequest::DescribeConfigsResource;
using ResourceAnswer = DescribeConfigsResponse::DescribeConfigsResult;

/// Groups have settings without existing, so nothing else bounds a reply.
constexpr std::size_t kGroupsDescribedMax = 1000;

bool is_asked_for(const Resource& resource, std::string_view name) {
  const auto& keys = resource.configuration_keys;
  return !keys || keys->empty() || std::ranges::binary_search(*keys, name);
}

/// The resources, each once, with all the keys that were asked of it, sorted: a reply has a bound
/// that no repetition moves.
std::vector<Resource> distinct(std::vector<Resource> asked) {
  std::vector<Resource> resources;
  std::map<std::pair<std::int8_t, std::string>, std::size_t> places;
  for (Resource& resource : asked) {
    const auto [place, is_new] =
        places.try_emplace({resource.resource_type, resource.resource_name}, resources.size());
    if (is_new) {
      resources.push_back(std::move(resource));
      continue;
    }
    auto& known = resources[place->second].configuration_keys;
    auto& more = resource.configuration_keys;
    if (!more || more->empty()) known.reset();
    if (known && !known->empty()) std::ranges::move(*more, std::back_inserter(*known));
  }
  for (Resource& resource : resources) {
    if (resource.configuration_keys) std::ranges::sort(*resource.configuration_keys);
  }
  return resources;
}

struct Told {
  bool synonyms = false;
  bool documentation = false;
};

void add(EffectiveConfig effective, std::string_view documentation, Told told,
         ResourceAnswer& answer) {
  auto& out = answer.configs.emplace_back();
  out.name = std::string(effective.definition->name);
  out.value = std::move(effective.value);
  out.read_only = effective.is_read_only;
  out.config_source = static_cast<std::int8_t>(effective.source);
  out.is_sensitive = effective.definition->is_sensitive();
  out.config_type = static_cast<std::int8_t>(effective.definition->type);
  out.documentation.reset();
  if (told.documentation) out.documentation = std::string(documentation);
  if (!told.synonyms) return;
  for (auto& synonym : effective.synonyms) {
    out.synonyms.push_back({.name = std::move(synonym.name),
                            .value = std::move(synonym.value),
                            .source = static_cast<std::int8_t>(synonym.source)});
  }
}

class Description {
 public:
  Description(RequestContext& context, Told told)
      : broker_(context.broker),
        snapshot_(broker_.catalog().snapshot()),
        set_at_start_(broker_.config().set_by_user),
        layers_{.broker = snapshot_->broker_overrides(),
                .default_broker = snapshot_->default_broker_overrides(),
                .set_by_user = set_at_start_},
        told_(told) {
    // Known to the broker, whoever told it.
    const std::string node_id = fmt::format("{}", broker_.config().node_id);
    set_at_start_.try_emplace("node.id", node_id);
    set_at_start_.try_emplace("broker.id", node_id);
    set_at_start_.insert_or_assign("log.dirs", broker_.logs().directory());
  }

  ResourceAnswer answer(const Resource& resource) {
    ResourceAnswer answer;
    answer.resource_type = resource.resource_type;
    answer.resource_name = resource.resource_name;
    const ChangeResult result = describe(resource, answer);
    answer.error_code = result.error;
    // Never null, as Kafka has it.
    answer.error_message = reply_message(result.message).value_or("");
    return answer;
  }

 private:
  ChangeResult describe(const Resource& resource, ResourceAnswer& answer) {
    const std::string& name = resource.resource_name;
    switch (static_cast<ConfigResourceType>(resource.resource_type)) {
      case ConfigResourceType::kTopic:
        return describe_topic(resource, answer);
      case ConfigResourceType::kBroker:
        if (name.empty()) return describe_default_broker(resource, answer);
        if (auto result = check_broker_name(name, " or empty string"); !result.ok()) return result;
        return describe_broker(resource, answer);
      case ConfigResourceType::kBrokerLogger:
        if (name.empty()) return {ErrorCode::INVALID_REQUEST, "Broker id must not be empty"};
        return check_broker_name(name, "");
      case ConfigResourceType::kClientMetrics:
        if (!name.empty()) return {};
        return {ErrorCode::INVALID_REQUEST, "Client metrics subscription name must not be empty"};
      case ConfigResourceType::kGroup:
        if (name.empty()) return {ErrorCode::INVALID_REQUEST, "Group name must not be empty"};
        return describe_group(resource, answer);
    }
    return {ErrorCode::INVALID_REQUEST,
            fmt::format("Unsupported resource type: {}", resource.resource_type)};
  }

  ChangeResult check_broker_name(const std::string& name, std::string_view or_what) const {
    const auto id = parse_int32(name);
    if (!id) {
      return {ErrorCode::INVALID_REQUEST,
              fmt::format("Broker id must be an integer, but it is: {}", name)};
    }
    if (*id == broker_.config().node_id) return {};
    return {ErrorCode::INVALID_REQUEST,
            fmt::format("Unexpected broker id, expected {}{}, but received {}",
                        broker_.config().node_id, or_what, name)};
  }

  ChangeResult describe_topic(const Resource& resource, ResourceAnswer& answer) {
    if (auto problem = catalog::problem_with_topic_name(resource.resource_name)) {
      return {ErrorCode::INVALID_TOPIC_EXCEPTION, std::move(*problem)};
    }
    const auto topic = snapshot_->find(resource.resource_name);
    if (topic == nullptr) {
      return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, std::string(kUnknownTopic)};
    }
    const catalog::ConfigMap own = catalog::own_settings(*topic, broker_.config().set_by_user);
    for (const catalog::TopicConfig& config : catalog::topic_configs()) {
      const auto name = config.definition.name;
      const bool is_hidden = name == catalog::kInternalSegmentBytes && !own.contains(name);
      if (is_hidden || !is_asked_for(resource, name)) continue;
      add(catalog::effective_topic_config(config, own, layers_), catalog::documentation_of(config),
          told_, answer);
    }
    return {};
  }

  // A group has its settings before it has members.
  ChangeResult describe_group(const Resource& resource, ResourceAnswer& answer) {
    if (++groups_described_ > kGroupsDescribedMax) {
      return {ErrorCode::INVALID_REQUEST, "Too many groups in one request"};
    }
    static const catalog::ConfigMap kNothing;
    const auto& groups = *snapshot_->group_overrides();
    const auto own = groups.find(resource.resource_name);
    for (const catalog::ConfigDefinition& definition : catalog::group_configs()) {
      if (!is_asked_for(resource, definition.name)) continue;
      const auto& overrides = own == groups.end() ? kNothing : own->second;
      add(catalog::effective_group_config(definition, overrides, layers_),
          catalog::documentation_of_group_config(), told_, answer);
    }
    return {};
  }

  static bool is_default(const catalog::ConfigOrigin& origin) {
    return origin.source == catalog::ConfigSource::kDefault;
  }

  ChangeResult describe_broker(const Resource& resource, ResourceAnswer& answer) {
    for (const catalog::BrokerConfigEntry& entry : catalog::broker_configs()) {
      if (!is_asked_for(resource, entry.definition.name)) continue;
      add(catalog::effective_broker_config(entry, layers_), catalog::documentation_of(entry), told_,
          answer);
    }
    for (const catalog::BrokerConfigEntry& entry : catalog::replication_throttles()) {
      EffectiveConfig effective = catalog::effective_broker_config(entry, layers_);
      const bool is_set = effective.source != catalog::ConfigSource::kDefault;
      if (!is_set || !is_asked_for(resource, entry.definition.name)) continue;
      std::erase_if(effective.synonyms, is_default);
      add(std::move(effective), catalog::documentation_of(entry), told_, answer);
    }
    return {};
  }

  // Only what was set for all brokers.
  ChangeResult describe_default_broker(const Resource& resource, ResourceAnswer& answer) {
    static const catalog::ConfigMap kNothing;
    const catalog::BrokerLayers layers{kNothing, layers_.default_broker, kNothing};
    for (const auto& [name, value] : layers_.default_broker) {
      const catalog::BrokerConfigEntry* entry = catalog::find_broker_config(name);
      if (entry == nullptr || !is_asked_for(resource, name)) continue;
      EffectiveConfig effective = catalog::effective_broker_config(*entry, layers);
      std::erase_if(effective.synonyms, is_default);
      add(std::move(effective), catalog::documentation_of(*entry), told_, answer);
    }
    return {};
  }

  Broker& broker_;
  const std::shared_ptr<const catalog::Snapshot> snapshot_;
  catalog::ConfigMap set_at_start_;
  const catalog::BrokerLayers layers_;
  const Told told_;
  std::size_t groups_described_ = 0;
};

}  // namespace

void handle(Call<protocol::DescribeConfigs> call, RequestContext& context) {
  DescribeConfigsResponse response;
  Description description(context, {.synonyms = call.request.include_synonyms,
                                    .documentation = call.request.include_documentation});
  for (const Resource& resource : distinct(std::move(call.request.resources))) {
    response.results.push_back(description.answer(resource));
  }
  call.reply(response);
}

}  // namespace kreel::broker
