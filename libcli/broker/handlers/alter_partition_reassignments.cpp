// AlterPartitionReassignments, versions 0-1.
//   1: the number of replicas may be fixed (KIP-860)
// A partition can be where it is and nowhere else, so what is allowed changes nothing.

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/replica_assignment.hpp"

namespace kreel::broker {
namespace {

using catalog::ChangeResult;
using protocol::AlterPartitionReassignments;
using protocol::AlterPartitionReassignmentsRequest;
using protocol::ErrorCode;
using ReassignedPartition =
    AlterPartitionReassignmentsRequest::ReassignableTopic::ReassignablePartition;

ChangeResult reassign(const catalog::Topic* topic, const std::string& name,
                      const ReassignedPartition& asked, BrokerId own_id) {
  if (topic == nullptr) {
    return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            fmt::format("Unable to find a topic named {}.", name)};
  }
  if (topic->partition(asked.partition_index) == nullptr) {
    return {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            fmt::format("Unable to find partition {}:{}.", name, asked.partition_index)};
  }
  if (!asked.replicas) {
    return {ErrorCode::NO_REASSIGNMENT_IN_PROGRESS, "No partition reassignment is in progress."};
  }
  return check_replicas(*asked.replicas, own_id);
}

}  // namespace

void handle(Call<AlterPartitionReassignments> call, RequestContext& context) {
  const auto snapshot = context.broker.catalog().snapshot();
  protocol::AlterPartitionReassignmentsResponse response;
  response.allow_replication_factor_change = call.request.allow_replication_factor_change;
  response.error_message = std::nullopt;
  for (const auto& asked : call.request.topics) {
    const auto topic = snapshot->find(asked.name);
    auto& out = response.responses.emplace_back();
    out.name = asked.name;
    for (const ReassignedPartition& partition : asked.partitions) {
      const auto result =
          reassign(topic.get(), asked.name, partition, context.broker.config().node_id);
      out.partitions.push_back({.partition_index = partition.partition_index,
                                .error_code = result.error,
                                .error_message = reply_message(result.message)});
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
