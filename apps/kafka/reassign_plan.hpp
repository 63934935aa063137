#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "kafka/client.hpp"

// The JSON of kafka-reassign-partitions, and the placement that it proposes.

namespace kreel::kafka_tools {

struct ReplicaAt {
  std::int32_t broker = 0;
  TopicPartition at;
  auto operator<=>(const ReplicaAt&) const = default;
  bool operator==(const ReplicaAt&) const = default;
};
// "topic-0-1", the broker last.
std::string java_name(const ReplicaAt& replica);

using ReplicaIds = std::vector<std::int32_t>;
using LogDirs = std::map<ReplicaAt, std::string>;

struct ReassignmentPlan {
  std::vector<std::pair<TopicPartition, ReplicaIds>> partitions;  // as they stand in the file
  LogDirs log_dirs;
};
Outcome<ReassignmentPlan> read_reassignment_plan(const std::string& path);
// What --execute asks of a plan.
Outcome<void> check_reassignment_plan(const ReassignmentPlan& plan);
Outcome<std::vector<std::string>> read_topics_to_move(const std::string& path);

std::string reassignment_json(const std::map<TopicPartition, ReplicaIds>& partitions,
                              const LogDirs& log_dirs);

// `topics` striped over the brokers, racks taking turns where `by_rack`.
Outcome<std::map<TopicPartition, ReplicaIds>> propose_placement(
    const std::vector<TopicInfo>& topics, const std::vector<BrokerInfo>& brokers, bool by_rack);

tl::unexpected<JavaError> reassignment_failed(std::string message,
                                              ErrorKind reason = ErrorKind::kBadInput);
std::string joined_ids(const ReplicaIds& ids);

}  // namespace kreel::kafka_tools
