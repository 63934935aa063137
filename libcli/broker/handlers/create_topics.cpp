// CreateTopics, versions 2-7.
//   4: -1 asks for the default number of partitions and replicas   5: the effective settings in
//   the reply, flexible   6: THROTTLING_QUOTA_EXCEEDED   7: the topic's id

#include <map>
#include <set>

#include <fmt/format.h>

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/replica_assignment.hpp"
#include "catalog/topic_configs.hpp"
#include "catalog/validation.hpp"

namespace kreel::broker {
namespace {

constexpr protocol::Version kFirstCreateWithQuotaError = 6;

using catalog::ChangeResult;
using protocol::CreateTopicsRequest;
using protocol::CreateTopicsResponse;
using protocol::ErrorCode;
using CreateResult = CreateTopicsResponse::CreatableTopicResult;
using TopicSettings = std::vector<CreateTopicsResponse::CreatableTopicConfigs>;

ChangeResult check_counts(const CreateTopicsRequest::CreatableTopic& wanted) {
  if (wanted.replication_factor == 0 || wanted.replication_factor < -1) {
    return {ErrorCode::INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value."};
  }
  if (wanted.num_partitions == 0 || wanted.num_partitions < -1) {
    return {ErrorCode::INVALID_PARTITIONS,
            "Number of partitions was set to an invalid non-positive value."};
  }
  if (wanted.replication_factor > 1) {
    return {ErrorCode::INVALID_REPLICATION_FACTOR,
            fmt::format("Unable to replicate the partition {0} time(s): The target replication "
                        "factor of {0} cannot be reached because only 1 broker(s) are registered.",
                        wanted.replication_factor)};
  }
  return {};
}

ChangeResult check_assignments(const CreateTopicsRequest::CreatableTopic& wanted, BrokerId own_id) {
  if (wanted.replication_factor != -1) {
    return {ErrorCode::INVALID_REQUEST,
            "A manual partition assignment was specified, but replication factor was not set to "
            "-1."};
  }
  if (wanted.num_partitions != -1) {
    return {ErrorCode::INVALID_REQUEST,
            "A manual partition assignment was specified, but numPartitions was not set to -1."};
  }
  std::set<std::int32_t> partitions;
  for (const auto& assignment : wanted.assignments) {
    if (!partitions.insert(assignment.partition_index).second) {
      return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
              fmt::format("Found multiple manual partition assignments for partition {}",
                          assignment.partition_index)};
    }
    if (auto result = check_replicas(assignment.broker_ids, own_id); !result.ok()) return result;
  }
  if (*partitions.begin() != 0 ||
      *partitions.rbegin() != static_cast<std::int32_t>(partitions.size()) - 1) {
    return {ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            "partitions should be a consecutive 0-based integer sequence"};
  }
  return {};
}

ChangeResult read_configs(const CreateTopicsRequest::CreatableTopic& wanted,
                          catalog::ConfigMap& configs) {
  std::vector<std::string_view> nulls;  // a name may be empty
  for (const auto& config : wanted.configs) {
    if (config.value) {
      configs[config.name] = *config.value;
    } else {
      nulls.push_back(config.name);
    }
  }
  if (!nulls.empty()) {
    return {ErrorCode::INVALID_CONFIG,
            fmt::format("Null value not supported for topic configs: {}", fmt::join(nulls, ","))};
  }
  if (auto problem = catalog::check_topic_configs(configs)) {
    return {ErrorCode::INVALID_CONFIG, std::move(*problem)};
  }
  return {};
}

/// One request on its way through the checks, then to the catalog.
class Creation {
 public:
  Creation(Broker& broker, const CreateTopicsRequest& request, CreateTopicsResponse& response,
           MutationPermits permits)
      : broker_(broker),
        request_(request),
        response_(response),
        permits_(permits),
        snapshot_(broker.catalog().snapshot()),
        collisions_(*snapshot_) {}

  void run() {
    std::map<std::string_view, int> count_of_name;
    for (const auto& wanted : request_.topics) ++count_of_name[wanted.name];
    std::set<std::string_view> answered;
    for (const auto& wanted : request_.topics) {
      if (!answered.insert(wanted.name).second) continue;
      const bool is_duplicate = count_of_name[wanted.name] > 1;
      prepare(wanted, is_duplicate);
    }
    if (partition_count_ > kNewPartitionsMax) {
      return refuse_all(ErrorCode::POLICY_VIOLATION, kTooManyPartitions);
    }
    if (!request_.validate_only) create();
    for (std::size_t i = 0; i < accepted_.size(); ++i) complete(i);
  }

 private:
  void prepare(const CreateTopicsRequest::CreatableTopic& wanted, bool is_duplicate) {
    CreateResult& result = response_.topics.emplace_back();
    result.name = wanted.name;
    catalog::NewTopic topic;
    topic.name = wanted.name;
    topic.is_internal = catalog::is_internal_topic(wanted.name);
    ChangeResult checked = is_duplicate
                               ? ChangeResult{ErrorCode::INVALID_REQUEST, "Duplicate topic name."}
                               : check(wanted, topic);
    // Also of what is only validated, as in Kafka.
    if (checked.ok() && !permits_.take(static_cast<std::size_t>(topic.partition_count))) {
      checked = {ErrorCode::THROTTLING_QUOTA_EXCEEDED, std::string(MutationPermits::kExceeded)};
    }
    if (!checked.ok()) return refuse(result, checked);
    partition_count_ += static_cast<std::size_t>(topic.partition_count);
    result.error_message = std::nullopt;
    collisions_.add(topic.name);
    accepted_.push_back(std::move(topic));
    places_.push_back(response_.topics.size() - 1);
  }

  ChangeResult check(const CreateTopicsRequest::CreatableTopic& wanted, catalog::NewTopic& topic) {
    if (wanted.name == catalog::kClusterMetadataTopic) {
      return {ErrorCode::INVALID_REQUEST,
              fmt::format("Creation of internal topic {} is prohibited.", wanted.name)};
    }
    if (auto problem = catalog::problem_with_topic_name(wanted.name)) {
      return {ErrorCode::INVALID_TOPIC_EXCEPTION, std::move(*problem)};
    }
    if (snapshot_->find(wanted.name) != nullptr) {
      return {ErrorCode::TOPIC_ALREADY_EXISTS,
              fmt::format("Topic '{}' already exists.", wanted.name)};
    }
    if (const auto other = collisions_.find(wanted.name)) {
      return {ErrorCode::INVALID_TOPIC_EXCEPTION,
              fmt::format("Topic '{}' collides with existing topic: {}", wanted.name, *other)};
    }
    if (auto result = read_configs(wanted, topic.configs); !result.ok()) return result;
    if (!wanted.assignments.empty()) {
      topic.partition_count = static_cast<std::int32_t>(wanted.assignments.size());
      return check_assignments(wanted, broker_.config().node_id);
    }
    topic.partition_count =
        wanted.num_partitions == -1 ? broker_.config().num_partitions : wanted.num_partitions;
    return check_counts(wanted);
  }

  void create() {
    const auto created = broker_.catalog().create_topics(accepted_);
    for (std::size_t i = 0; i < created.size(); ++i) {
      CreateResult& result = response_.topics[places_[i]];
      if (created[i].result.ok()) {
        result.topic_id = created[i].id;
      } else {
        refuse(result, created[i].result);
      }
    }
  }

  void complete(std::size_t i) {
    CreateResult& result = response_.topics[places_[i]];
    if (result.error_code != ErrorCode::NONE) return;
    result.num_partitions = accepted_[i].partition_count;
    result.replication_factor = 1;
    result.configs = settings_of(accepted_[i].configs);
  }

  // A thousand topics of one request mostly have the same settings.
  const TopicSettings& settings_of(const catalog::ConfigMap& overrides) {
    const auto [at, is_new] = settings_.try_emplace(overrides);
    if (!is_new) return at->second;
    const catalog::BrokerLayers layers = broker_layers(broker_, *snapshot_);
    for (const catalog::TopicConfig& config : catalog::topic_configs()) {
      if (config.definition.name == catalog::kInternalSegmentBytes) continue;
      auto effective = catalog::effective_topic_config(config, overrides, layers);
      at->second.push_back({.name = std::string(config.definition.name),
                            .value = std::move(effective.value),
                            .read_only = false,
                            .config_source = static_cast<std::int8_t>(effective.source),
                            .is_sensitive = false});
    }
    return at->second;
  }

  static void refuse(CreateResult& result, const ChangeResult& why) {
    result.error_code = why.error;
    result.error_message = reply_message(why.message);
  }

  void refuse_all(ErrorCode error, std::string_view why) {
    for (const std::size_t place : places_) {
      refuse(response_.topics[place], {error, std::string(why)});
    }
  }

  Broker& broker_;
  const CreateTopicsRequest& request_;
  CreateTopicsResponse& response_;
  const MutationPermits permits_;
  const std::shared_ptr<const catalog::Snapshot> snapshot_;
  catalog::NameCollisions collisions_;
  std::vector<catalog::NewTopic> accepted_;
  std::vector<std::size_t> places_;  // of accepted_ in the response
  std::size_t partition_count_ = 0;
  std::map<catalog::ConfigMap, TopicSettings> settings_;
};

}  // namespace

void handle(Call<protocol::CreateTopics> call, RequestContext& context) {
  const MutationPermits permits{call.charge(), context.version >= kFirstCreateWithQuotaError};
  answer_after(std::move(call), context,
               [permits](Broker& broker, const CreateTopicsRequest& request,
                         CreateTopicsResponse& response) {
                 Creation(broker, request, response, permits).run();
               });
}

}  // namespace kreel::broker
