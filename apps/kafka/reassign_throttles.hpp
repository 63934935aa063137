#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <kreel/cluster_admin.hpp>

#include "kafka/reassign_plan.hpp"

namespace kreel::kafka_tools {

// Where replicas come from, and where they go.
struct PartitionMove {
  std::set<std::int32_t> sources;
  std::set<std::int32_t> destinations;
};
using MoveMap = std::map<TopicPartition, PartitionMove>;
MoveMap proposed_moves(const std::vector<OngoingReassignment>& ongoing,
                       const std::map<TopicPartition, ReplicaIds>& proposed,
                       const std::map<TopicPartition, ReplicaIds>& current);

Outcome<void> throttle_moves(const MoveMap& moves, std::int64_t rate, AdminClient& admin,
                             ToolContext& context);
Outcome<void> throttle_log_dirs(const std::set<std::int32_t>& brokers, std::int64_t rate,
                                AdminClient& admin, ToolContext& context);
// Of all brokers, and of these topics.
Outcome<void> clear_throttles(const ReassignmentPlan& plan, AdminClient& admin,
                              ToolContext& context);

}  // namespace kreel::kafka_tools
