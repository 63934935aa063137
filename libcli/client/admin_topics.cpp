#include <algorithm>

#include "base/text.hpp"
#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

TopicInfo topic_info(const protocol::MetadataResponse::MetadataResponseTopic& from,
                     const std::string& user) {
  TopicInfo topic;
  topic.name = from.name.value_or("");
  if (from.error_code != ErrorCode::NONE) {
    topic.error = item_error(from.error_code, Subject::topic(topic.name, "DESCRIBE").by(user));
    return topic;
  }
  if (!from.topic_id.is_zero()) topic.id = from.topic_id.to_string();
  topic.internal = from.is_internal;
  for (const auto& partition : from.partitions) {
    PartitionInfo& info = topic.partitions.emplace_back();
    info.partition = partition.partition_index;
    if (partition.leader_id >= 0) info.leader = partition.leader_id;
    info.leader_epoch = partition.leader_epoch;
    info.replicas = partition.replica_nodes;
    info.isr = partition.isr_nodes;
    info.offline_replicas = partition.offline_replicas;
  }
  std::ranges::sort(topic.partitions, {}, &PartitionInfo::partition);
  return topic;
}

using TopicsByName = std::map<std::string, TopicInfo>;

/// `asked` without names: all. A topic whose leaders are being elected has no partitions in the
/// reply; it is asked for again until the deadline, and then keeps its error.
Result<TopicsByName> look_up(Cluster& cluster, std::optional<std::vector<std::string>> asked,
                             const Deadline& deadline) {
  TopicsByName topics;
  for (int round = 1;; ++round) {
    TRY_ASSIGN(const auto response, cluster.metadata(asked, deadline));
    asked.emplace();
    for (const auto& topic : response.topics) {
      TopicInfo info = topic_info(topic, cluster.user());
      if (moved_or_loading(topic.error_code)) asked->push_back(info.name);
      topics.insert_or_assign(info.name, std::move(info));
    }
    if (asked->empty() || !pause_before_round(round, deadline)) return topics;
  }
}

}  // namespace

Result<std::vector<TopicInfo>> ProtocolAdmin::list_topics() {
  TRY_ASSIGN(auto found, look_up(cluster_, std::nullopt, cluster_.new_deadline()));
  std::vector<TopicInfo> topics;
  topics.reserve(found.size());
  for (auto& [name, topic] : found) topics.push_back(std::move(topic));
  return topics;
}

Result<std::vector<TopicInfo>> ProtocolAdmin::describe_topics(std::span<const std::string> names) {
  const Deadline deadline = cluster_.new_deadline();
  const std::vector<std::string> asked(names.begin(), names.end());
  TRY_ASSIGN(const TopicsByName answered, look_up(cluster_, asked, deadline));
  std::vector<TopicInfo> topics;
  for (const std::string& name : names) {
    const auto found = answered.find(name);
    if (found != answered.end()) {
      topics.push_back(found->second);
    } else {
      TopicInfo& missing = topics.emplace_back();
      missing.name = name;
      missing.error =
          item_error(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Subject::topic(name, "DESCRIBE"));
    }
  }
  suggest_topics(
      topics, [](const TopicInfo& topic) { return topic.name; }, deadline);
  return topics;
}

namespace {

std::int32_t broker_timeout_ms(const Deadline& deadline) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(deadline.remaining_ms(), 60'000));
}

protocol::CreateTopicsRequest::CreatableTopic creatable(const NewTopic& topic,
                                                        protocol::Version version) {
  protocol::CreateTopicsRequest::CreatableTopic wanted;
  // The broker's default counts from version 4 on (Kafka 2.4).
  const std::int16_t unsaid = version >= 4 ? -1 : 1;
  wanted.name = topic.name;
  wanted.num_partitions = topic.partitions.value_or(unsaid);
  wanted.replication_factor = topic.replication_factor.value_or(unsaid);
  std::int32_t partition = 0;
  for (const ReplicaList& replicas : topic.assignments) {
    wanted.assignments.push_back({partition++, replicas});
  }
  if (partition > 0) {
    wanted.num_partitions = -1;
    wanted.replication_factor = -1;
  }
  for (const auto& [name, value] : topic.configs) {
    auto& config = wanted.configs.emplace_back();
    config.name = name;
    config.value = value;
  }
  return wanted;
}

template <class Response>
std::map<std::string, std::size_t> items_by_name(const std::vector<std::size_t>& items,
                                                 const Response& names) {
  std::map<std::string, std::size_t> index;
  for (const std::size_t item : items) index.emplace(names[item].name, item);
  return index;
}

}  // namespace

Result<std::vector<CreatedTopic>> ProtocolAdmin::create_topics(std::span<const NewTopic> topics,
                                                               const CreateTopicsOptions& options) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<CreatedTopic> created(topics.size());
  for (std::size_t i = 0; i < topics.size(); ++i) created[i].name = topics[i].name;
  ControllerRouter router(cluster_);
  using Call = Scatter<protocol::CreateTopics>;
  Call call(
      cluster_, router,
      [&](protocol::Version version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.timeout_ms = broker_timeout_ms(deadline);
        request.validate_only = options.validate_only;
        for (const std::size_t item : items) {
          request.topics.push_back(creatable(topics[item], version));
        }
        return batches;
      },
      [&](const protocol::CreateTopicsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const auto index = items_by_name(items, created);
        for (const auto& result : response.topics) {
          const auto at = index.find(result.name);
          if (at == index.end()) continue;
          if (result.error_code != ErrorCode::NONE) {
            outcome.failed(at->second, result.error_code, Subject::topic(result.name, "CREATE"),
                           result.error_message);
            continue;
          }
          CreatedTopic& topic = created[at->second];
          if (!result.topic_id.is_zero()) topic.id = result.topic_id.to_string();
          if (result.num_partitions >= 0) topic.partitions = result.num_partitions;
          if (result.replication_factor >= 0) {
            topic.replication_factor = result.replication_factor;
          }
          outcome.done(at->second);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(topics.size(), deadline));
  for (std::size_t i = 0; i < topics.size(); ++i) created[i].error = outcome.take_error(i);
  return created;
}

Result<std::vector<NamedResult>> ProtocolAdmin::delete_topics(std::span<const std::string> names) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<NamedResult> results;
  for (const std::string& name : names) results.push_back({name, std::nullopt});
  ControllerRouter router(cluster_);
  using Call = Scatter<protocol::DeleteTopics>;
  Call call(
      cluster_, router,
      [&](protocol::Version version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.timeout_ms = broker_timeout_ms(deadline);
        for (const std::size_t item : items) {
          if (version >= 6) {
            request.topics.emplace_back().name = names[item];
          } else {
            request.topic_names.push_back(names[item]);
          }
        }
        return batches;
      },
      [&](const protocol::DeleteTopicsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const auto index = items_by_name(items, results);
        for (const auto& result : response.responses) {
          const auto at = index.find(result.name.value_or(""));
          if (at == index.end()) continue;
          outcome.settle(at->second, result.error_code, Subject::topic(at->first, "DELETE"),
                         result.error_message);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(names.size(), deadline));
  for (std::size_t i = 0; i < names.size(); ++i) results[i].error = outcome.take_error(i);
  suggest_topics(
      results, [](const NamedResult& result) { return result.name; }, deadline);
  return results;
}

Result<std::vector<NamedResult>> ProtocolAdmin::create_partitions(
    std::span<const NewPartitionCount> counts, const CreateTopicsOptions& options) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<NamedResult> results;
  for (const NewPartitionCount& count : counts) results.push_back({count.topic, std::nullopt});
  ControllerRouter router(cluster_);
  using Call = Scatter<protocol::CreatePartitions>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.timeout_ms = broker_timeout_ms(deadline);
        request.validate_only = options.validate_only;
        for (const std::size_t item : items) {
          auto& wanted = request.topics.emplace_back();
          wanted.name = counts[item].topic;
          wanted.count = counts[item].total;
          wanted.assignments.reset();
          if (!counts[item].assignments) continue;
          wanted.assignments.emplace();
          for (const ReplicaList& replicas : *counts[item].assignments) {
            wanted.assignments->push_back({replicas});
          }
        }
        return batches;
      },
      [&](const protocol::CreatePartitionsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const auto index = items_by_name(items, results);
        for (const auto& result : response.results) {
          const auto at = index.find(result.name);
          if (at == index.end()) continue;
          outcome.settle(at->second, result.error_code, Subject::topic(at->first, "ALTER"),
                         result.error_message);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(counts.size(), deadline));
  for (std::size_t i = 0; i < counts.size(); ++i) results[i].error = outcome.take_error(i);
  suggest_topics(
      results, [](const NamedResult& result) { return result.name; }, deadline);
  return results;
}

}  // namespace kreel::client
