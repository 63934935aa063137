#include "kafka/reassign_throttles.hpp"

#include <algorithm>

namespace kreel::kafka_tools {
namespace {

constexpr const char* kLeaderRate = "leader.replication.throttled.rate";
constexpr const char* kFollowerRate = "follower.replication.throttled.rate";
constexpr const char* kLogDirRate = "replica.alter.log.dirs.io.max.bytes.per.second";
constexpr const char* kLeaderReplicas = "leader.replication.throttled.replicas";
constexpr const char* kFollowerReplicas = "follower.replication.throttled.replicas";

Outcome<void> alter(const std::vector<ResourceChanges>& changes, AdminClient& admin) {
  if (changes.empty()) return {};
  TRY_ASSIGN(const auto results,
             in_java(admin.alter_configs(changes, {}), "incrementalAlterConfigs"));
  for (const ResourceResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return {};
}

ConfigResource broker_resource(std::int32_t id) {
  return {ConfigResourceType::kBroker, std::to_string(id)};
}
ConfigChange set_to(const char* name, std::string value) {
  return {name, ConfigOperation::kSet, std::move(value)};
}
ConfigChange cleared(const char* name) {
  return {name, ConfigOperation::kDelete, std::nullopt};
}

// "0:1,1:1" by topic.
using ThrottledReplicas = std::map<std::string, std::set<std::string>>;

std::vector<ResourceChanges> topic_throttles(const ThrottledReplicas& leaders,
                                             const ThrottledReplicas& followers) {
  const auto list = [](const std::set<std::string>& parts) {
    return join({parts.begin(), parts.end()}, ",");
  };
  std::vector<ResourceChanges> changes;
  for (const auto& [topic, replicas] : leaders) {
    changes.push_back({{ConfigResourceType::kTopic, topic},
                       {set_to(kLeaderReplicas, list(replicas)),
                        set_to(kFollowerReplicas, list(followers.at(topic)))}});
  }
  return changes;
}

}  // namespace

MoveMap proposed_moves(const std::vector<OngoingReassignment>& ongoing,
                       const std::map<TopicPartition, ReplicaIds>& proposed,
                       const std::map<TopicPartition, ReplicaIds>& current) {
  MoveMap moves;
  for (const OngoingReassignment& one : ongoing) {
    PartitionMove& move = moves[one.at];
    move.sources = {one.replicas.begin(), one.replicas.end()};
    for (const std::int32_t id : one.adding) move.sources.erase(id);
    move.destinations = {one.adding.begin(), one.adding.end()};
  }
  for (const auto& [at, replicas] : proposed) {
    const auto [place, is_new] = moves.try_emplace(at);
    PartitionMove& move = place->second;
    if (is_new) move.sources = {current.at(at).begin(), current.at(at).end()};
    move.destinations = {replicas.begin(), replicas.end()};
    for (const std::int32_t id : move.sources) move.destinations.erase(id);
  }
  return moves;
}

Outcome<void> throttle_moves(const MoveMap& moves, std::int64_t rate, AdminClient& admin,
                             ToolContext& context) {
  ThrottledReplicas leaders;
  ThrottledReplicas followers;
  std::set<std::int32_t> brokers;
  for (const auto& [at, move] : moves) {
    auto& led = leaders[at.topic];
    auto& followed = followers[at.topic];
    for (const std::int32_t id : move.sources) {
      led.insert(fmt::format("{}:{}", at.partition, id));
      brokers.insert(id);
    }
    for (const std::int32_t id : move.destinations) {
      followed.insert(fmt::format("{}:{}", at.partition, id));
      brokers.insert(id);
    }
  }
  TRY(alter(topic_throttles(leaders, followers), admin));
  std::vector<ResourceChanges> changes;
  for (const std::int32_t id : brokers) {
    changes.push_back(
        {broker_resource(id),
         {set_to(kLeaderRate, std::to_string(rate)), set_to(kFollowerRate, std::to_string(rate))}});
  }
  TRY(alter(changes, admin));
  context.out_line(fmt::format("The inter-broker throttle limit was set to {} B/s", rate));
  return {};
}

Outcome<void> throttle_log_dirs(const std::set<std::int32_t>& brokers, std::int64_t rate,
                                AdminClient& admin, ToolContext& context) {
  std::vector<ResourceChanges> changes;
  for (const std::int32_t id : brokers) {
    changes.push_back({broker_resource(id), {set_to(kLogDirRate, std::to_string(rate))}});
  }
  TRY(alter(changes, admin));
  context.out_line(fmt::format("The replica-alter-dir throttle limit was set to {} B/s", rate));
  return {};
}

Outcome<void> clear_throttles(const ReassignmentPlan& plan, AdminClient& admin,
                              ToolContext& context) {
  TRY_ASSIGN(const ClusterInfo cluster, in_java(admin.describe_cluster(), "listNodes"));
  std::set<std::int32_t> brokers;
  std::set<std::string> topics;
  for (const BrokerInfo& broker : cluster.brokers) {
    if (!broker.fenced) brokers.insert(broker.id);
  }
  for (const auto& [at, replicas] : plan.partitions) {
    brokers.insert(replicas.begin(), replicas.end());
    topics.insert(at.topic);
  }
  context.out_line(fmt::format("Clearing broker-level throttles on broker{} {}",
                               brokers.size() == 1 ? "" : "s",
                               joined_ids({brokers.begin(), brokers.end()})));
  std::vector<ResourceChanges> changes;
  for (const std::int32_t id : brokers) {
    changes.push_back({broker_resource(id),
                       {cleared(kLeaderRate), cleared(kFollowerRate), cleared(kLogDirRate)}});
  }
  TRY(alter(changes, admin));
  context.out_line(fmt::format("Clearing topic-level throttles on topic{} {}",
                               topics.size() == 1 ? "" : "s",
                               join({topics.begin(), topics.end()}, ",")));
  changes.clear();
  for (const std::string& topic : topics) {
    changes.push_back({{ConfigResourceType::kTopic, topic},
                       {cleared(kLeaderReplicas), cleared(kFollowerReplicas)}});
  }
  return alter(changes, admin);
}

}  // namespace kreel::kafka_tools
