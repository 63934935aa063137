#include <algorithm>
#include <map>

#include "client/cluster_admin_impl.hpp"
#include "client/error_text.hpp"
#include "client/scatter.hpp"

// Elections, reassignments and directories.

namespace kreel {

using client::Subject;
using protocol::ErrorCode;

namespace {

using Partitions = std::map<std::string, std::vector<std::int32_t>>;

Partitions by_topic(std::span<const TopicPartition> partitions) {
  Partitions grouped;
  for (const TopicPartition& at : partitions) grouped[at.topic].push_back(at.partition);
  return grouped;
}

ReplicaResult result_of(const std::string& topic, std::int32_t partition, ErrorCode code,
                        const std::optional<std::string>& text) {
  ReplicaResult result;
  result.at = {topic, partition};
  if (code == ErrorCode::NONE) return result;
  result.error = item_error(code, Subject::partition_of(result.at, "ALTER"), text);
  result.broker_text = text.value_or("");
  return result;
}

}  // namespace

Result<std::vector<ReplicaResult>> ClusterAdmin::elect_leaders(
    Election election, const std::optional<std::vector<TopicPartition>>& partitions) {
  protocol::ElectLeadersRequest request;
  request.election_type = static_cast<std::int8_t>(election);
  request.topic_partitions.reset();
  if (partitions) {
    request.topic_partitions.emplace();
    for (const auto& [topic, indexes] : by_topic(*partitions)) {
      request.topic_partitions->push_back({topic, indexes});
    }
  }
  TRY_ASSIGN(const auto reply, impl_->ask<protocol::ElectLeaders>(request));
  if (reply->error_code != ErrorCode::NONE) {
    return fail(describe_error(reply->error_code, Subject::cluster("ALTER")));
  }
  std::vector<ReplicaResult> results;
  for (const auto& topic : reply->replica_election_results) {
    for (const auto& partition : topic.partition_result) {
      results.push_back(result_of(topic.topic, partition.partition_id, partition.error_code,
                                  partition.error_message));
    }
  }
  return results;
}

Result<std::vector<ReplicaResult>> ClusterAdmin::reassign(
    std::span<const Reassignment> reassignments, bool same_count) {
  protocol::AlterPartitionReassignmentsRequest request;
  request.allow_replication_factor_change = !same_count;
  std::map<std::string, std::size_t> places;
  for (const Reassignment& one : reassignments) {
    const auto [place, is_new] = places.try_emplace(one.at.topic, request.topics.size());
    if (is_new) request.topics.emplace_back().name = one.at.topic;
    auto& asked = request.topics[place->second].partitions.emplace_back();
    asked.partition_index = one.at.partition;
    asked.replicas = one.replicas;
  }
  TRY_ASSIGN(const auto reply, impl_->ask<protocol::AlterPartitionReassignments>(request));
  if (reply->error_code != ErrorCode::NONE) {
    return fail(describe_error(reply->error_code, Subject::cluster("ALTER"), reply->error_message));
  }
  std::vector<ReplicaResult> results;
  for (const auto& topic : reply->responses) {
    for (const auto& partition : topic.partitions) {
      results.push_back(result_of(topic.name, partition.partition_index, partition.error_code,
                                  partition.error_message));
    }
  }
  return results;
}

Result<std::vector<OngoingReassignment>> ClusterAdmin::reassignments(
    const std::optional<std::vector<TopicPartition>>& partitions) {
  protocol::ListPartitionReassignmentsRequest request;
  if (partitions) {
    request.topics.emplace();
    for (const auto& [topic, indexes] : by_topic(*partitions)) {
      request.topics->push_back({topic, indexes});
    }
  }
  TRY_ASSIGN(const auto reply, impl_->ask<protocol::ListPartitionReassignments>(request));
  if (reply->error_code != ErrorCode::NONE) {
    return fail(
        describe_error(reply->error_code, Subject::cluster("DESCRIBE"), reply->error_message));
  }
  std::vector<OngoingReassignment> ongoing;
  for (const auto& topic : reply->topics) {
    for (const auto& partition : topic.partitions) {
      ongoing.push_back({{topic.name, partition.partition_index},
                         partition.replicas,
                         partition.adding_replicas,
                         partition.removing_replicas});
    }
  }
  std::ranges::sort(ongoing, {}, &OngoingReassignment::at);
  return ongoing;
}

Result<std::vector<LogDirMoveResult>> ClusterAdmin::move_log_dirs(
    std::span<const LogDirMove> moves) {
  const client::Deadline deadline = impl_->cluster.new_deadline();
  TRY(impl_->cluster.ensure_brokers(deadline));
  std::vector<std::int32_t> brokers;
  for (const LogDirMove& move : moves) brokers.push_back(move.broker_id);
  client::BrokerRouter router(impl_->cluster, brokers);
  using Call = client::Scatter<protocol::AlterReplicaLogDirs>;
  Call call(
      impl_->cluster, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::map<std::string, std::map<std::string, std::vector<std::int32_t>>> wanted;
        for (const std::size_t item : items) {
          const LogDirMove& move = moves[item];
          wanted[move.path][move.at.topic].push_back(move.at.partition);
        }
        std::vector<Call::Batch> batches{{{}, items}};
        for (const auto& [path, topics] : wanted) {
          auto& directory = batches[0].request.dirs.emplace_back();
          directory.path = path;
          for (const auto& [topic, partitions] : topics) {
            directory.topics.push_back({topic, partitions});
          }
        }
        return batches;
      },
      [&](const protocol::AlterReplicaLogDirsResponse& response, const Call::Items& items,
          client::Outcome& outcome) {
        for (const auto& topic : response.results) {
          for (const auto& partition : topic.partitions) {
            const TopicPartition at{topic.topic_name, partition.partition_index};
            for (const std::size_t item : items) {
              if (moves[item].at != at) continue;
              if (partition.error_code == ErrorCode::NONE) {
                outcome.done(item);
              } else {
                const Subject subject = Subject::partition_of(at, "ALTER");
                outcome.failed(item, item_error(partition.error_code, subject), false);
              }
            }
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(moves.size(), deadline));
  std::vector<LogDirMoveResult> results;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    results.push_back({moves[i], outcome.take_error(i)});
  }
  return results;
}

}  // namespace kreel
