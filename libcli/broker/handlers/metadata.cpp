// Metadata, versions 0-13.
//   0: no topics named means all   1: null means all; controller, rack, is_internal   2: cluster id
//   4: auto-creation may be forbidden   5: offline replicas   7: leader epoch   8-10: authorized
//   operations of the cluster, and from 8 of topics   9: flexible   10: topic ids in the reply
//   12: topics asked for by id   13: top-level error

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"
#include "catalog/validation.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::MetadataRequest;
using protocol::MetadataResponse;
using TopicAnswer = MetadataResponse::MetadataResponseTopic;

constexpr protocol::Version kFirstVersionWithNullForAll = 1;
constexpr protocol::Version kFirstVersionWithTopicIdsAsked = 12;

bool asks_for_all(const MetadataRequest& request, protocol::Version version) {
  return !request.topics || (version < kFirstVersionWithNullForAll && request.topics->empty());
}

/// What does not depend on the topics.
MetadataResponse start_response(const MetadataRequest& request, RequestContext& context) {
  MetadataResponse response;
  const BrokerAddress address = own_address(context);
  response.brokers.push_back({.node_id = address.node_id,
                              .host = address.host,
                              .port = address.port,
                              .rack = address.rack});
  response.cluster_id = context.broker.logs().cluster_id();
  response.controller_id = address.node_id;
  if (request.include_cluster_authorized_operations) {
    const bool is_told = context.access.may(rules::metadata_cluster);
    response.cluster_authorized_operations =
        is_told ? context.access.operations(AclResource::kCluster) : 0;
  }
  return response;
}

/// How topics are told, to whom.
struct Audience {
  BrokerId own_id = 0;
  bool with_operations = false;
  Access access;
};

TopicAnswer describe(const catalog::Topic& topic, const Audience& audience) {
  TopicAnswer answer;
  answer.name = topic.name;
  answer.topic_id = topic.id;
  answer.is_internal = topic.is_internal;
  answer.partitions.resize(topic.partitions.size());
  for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
    auto& partition = answer.partitions[p];
    partition.partition_index = static_cast<PartitionId>(p);
    partition.leader_id = audience.own_id;
    partition.leader_epoch = topic.partitions[p]->leader_epoch();
    partition.replica_nodes.assign(1, audience.own_id);
    partition.isr_nodes.assign(1, audience.own_id);
  }
  if (audience.with_operations) {
    answer.topic_authorized_operations =
        audience.access.operations(AclResource::kTopic, topic.name);
  }
  return answer;
}

TopicAnswer refuse(std::optional<std::string> name, const Uuid& id, ErrorCode error) {
  TopicAnswer answer;
  answer.error_code = error;
  answer.is_internal = name && catalog::is_internal_topic(*name);
  answer.name = std::move(name);
  answer.topic_id = id;
  return answer;
}

void answer_ids(const std::vector<MetadataRequest::MetadataRequestTopic>& asked,
                const catalog::Snapshot& snapshot, const Audience& audience,
                MetadataResponse& response) {
  std::set<Uuid> answered;
  for (const auto& topic : asked) {
    if (topic.topic_id.is_zero() || !answered.insert(topic.topic_id).second) continue;
    const auto found = snapshot.find(topic.topic_id);
    if (found == nullptr || !audience.access.may(rules::metadata, found->name)) {
      const ErrorCode error =
          found == nullptr ? ErrorCode::UNKNOWN_TOPIC_ID : rules::metadata.error;
      response.topics.push_back(refuse(std::nullopt, topic.topic_id, error));
    } else {
      response.topics.push_back(describe(*found, audience));
    }
  }
}

/// The names of the request, each once; those that are not there may be created.
struct NamedTopics {
  std::vector<std::string> names;
  std::vector<catalog::NewTopic> to_create;
  std::map<std::string, ErrorCode> refused;
  /// Of them it is not told whether they exist.
  std::set<std::string> denied;
};

bool may_be_created(const std::string& name, const Access& access) {
  return access.may(rules::metadata_create_any) || access.may(rules::metadata_create, name);
}

NamedTopics sort_names(const std::vector<MetadataRequest::MetadataRequestTopic>& asked,
                       const catalog::Snapshot& snapshot, bool may_create,
                       const catalog::BrokerConfig& config, const Access& access) {
  NamedTopics named;
  std::set<std::string_view> seen;
  std::optional<catalog::NameCollisions> collisions;
  for (const auto& topic : asked) {
    if (!topic.name || !seen.insert(*topic.name).second) continue;
    const std::string& name = *topic.name;
    named.names.push_back(name);
    if (!access.may(rules::metadata, name)) {
      named.denied.insert(name);
      continue;
    }
    if (snapshot.find(name) != nullptr) continue;
    if (may_create && !may_be_created(name, access)) {
      named.refused.emplace(name, rules::metadata_create.error);
      continue;
    }
    if (catalog::problem_with_topic_name(name)) {
      named.refused.emplace(name, ErrorCode::INVALID_TOPIC_EXCEPTION);
      continue;
    }
    const bool is_reserved =
        catalog::is_internal_topic(name) || name == catalog::kClusterMetadataTopic;
    if (!may_create || is_reserved) continue;
    if (!collisions) collisions.emplace(snapshot);
    if (collisions->find(name)) {
      named.refused.emplace(name, ErrorCode::INVALID_TOPIC_EXCEPTION);
      continue;
    }
    collisions->add(name);
    named.to_create.push_back(
        {.name = name, .partition_count = config.num_partitions, .configs = {}});
  }
  const auto partitions = named.to_create.size() * static_cast<std::size_t>(config.num_partitions);
  if (partitions > kNewPartitionsMax) {
    for (const auto& topic : named.to_create) {
      named.refused.emplace(topic.name, ErrorCode::POLICY_VIOLATION);
    }
    named.to_create.clear();
  }
  return named;
}

void answer_names(const NamedTopics& named, const catalog::Snapshot& snapshot,
                  const Audience& audience, MetadataResponse& response) {
  for (const std::string& name : named.names) {
    if (named.denied.contains(name)) {
      TopicAnswer answer;
      answer.error_code = rules::metadata.error;
      answer.name = name;
      response.topics.push_back(std::move(answer));
      continue;
    }
    if (const auto topic = snapshot.find(name)) {
      response.topics.push_back(describe(*topic, audience));
      continue;
    }
    const auto refused = named.refused.find(name);
    response.topics.push_back(refuse(
        name, {},
        refused == named.refused.end() ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION : refused->second));
  }
}

void create_then_answer(Call<protocol::Metadata> call, RequestContext& context, NamedTopics named,
                        const Audience& audience, MetadataResponse response) {
  struct Asked {
    Call<protocol::Metadata> call;
    NamedTopics named;
    MetadataResponse response;
    Audience audience;
  };
  auto work = std::make_shared<Asked>(
      Asked{std::move(call),
            std::move(named),
            std::move(response),
            {audience.own_id, audience.with_operations, audience.access.kept()}});
  Broker& broker = context.broker;
  broker.run_blocking(
      [work, &broker] {
        const auto created = broker.catalog().create_topics(work->named.to_create);
        for (std::size_t i = 0; i < created.size(); ++i) {
          const ErrorCode error = created[i].result.error;
          if (error == ErrorCode::NONE || error == ErrorCode::TOPIC_ALREADY_EXISTS) continue;
          work->named.refused.emplace(work->named.to_create[i].name, error);
        }
      },
      context.io,
      [work, &broker] {
        answer_names(work->named, *broker.catalog().snapshot(), work->audience, work->response);
        work->call.reply(work->response);
      });
}

// Before version 12 a topic has a name and no id; Kafka fails the whole request otherwise.
bool is_well_formed(const MetadataRequest& request, protocol::Version version) {
  if (!request.topics || version >= kFirstVersionWithTopicIdsAsked) return true;
  return std::ranges::all_of(
      *request.topics, [](const auto& topic) { return topic.name && topic.topic_id.is_zero(); });
}

}  // namespace

void handle(Call<protocol::Metadata> call, RequestContext& context) {
  const MetadataRequest& request = call.request;
  const catalog::BrokerConfig& config = context.broker.config();
  const auto snapshot = context.broker.catalog().snapshot();
  const Audience audience{config.node_id, request.include_topic_authorized_operations,
                          context.access};
  MetadataResponse response = start_response(request, context);
  if (!is_well_formed(request, context.version)) {
    for (const auto& topic : *request.topics) {
      response.topics.push_back(
          refuse(topic.name.value_or(""), topic.topic_id, ErrorCode::INVALID_REQUEST));
    }
    return call.reply(response);
  }
  if (asks_for_all(request, context.version)) {
    response.topics.reserve(snapshot->topics().size());
    for (const auto& [name, topic] : snapshot->topics()) {
      if (!context.access.may(rules::metadata_all, name)) continue;
      response.topics.push_back(describe(*topic, audience));
    }
    return call.reply(response);
  }
  const bool by_id = std::ranges::any_of(
      *request.topics, [](const auto& topic) { return !topic.topic_id.is_zero(); });
  if (by_id) {
    answer_ids(*request.topics, *snapshot, audience, response);
    return call.reply(response);
  }
  const bool may_create = config.auto_create_topics_enable && request.allow_auto_topic_creation;
  NamedTopics named = sort_names(*request.topics, *snapshot, may_create, config, context.access);
  if (!named.to_create.empty()) {
    return create_then_answer(std::move(call), context, std::move(named), audience,
                              std::move(response));
  }
  answer_names(named, *snapshot, audience, response);
  call.reply(response);
}

}  // namespace kreel::broker
