// ElectLeaders, versions 0-2.
//   1: unclean elections, error at the top   2: flexible
// The one replica of a partition is its leader, so there is never anything to elect.

#include <fmt/core.h>

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::ElectLeaders;
using protocol::ElectLeadersResponse;
using protocol::ErrorCode;

constexpr std::int8_t kUnclean = 1;
constexpr protocol::Version kFirstElectionWithType = 1;
constexpr const char* kNotNeeded = "Leader election not needed for topic partition.";

void refuse_type(Call<ElectLeaders>& call) {
  ElectLeadersResponse response;
  response.error_code = ErrorCode::INVALID_REQUEST;
  const auto message =
      fmt::format("Unknown election type {}", static_cast<int>(call.request.election_type));
  if (call.request.topic_partitions) {
    for (const auto& topic : *call.request.topic_partitions) {
      auto& out = response.replica_election_results.emplace_back();
      out.topic = topic.topic;
      for (const PartitionId partition : topic.partitions) {
        out.partition_result.push_back({partition, ErrorCode::INVALID_REQUEST, message});
      }
    }
  }
  call.reply(response);
}

ElectLeadersResponse::ReplicaElectionResult::PartitionResult elect(const catalog::Topic* topic,
                                                                   const std::string& name,
                                                                   PartitionId partition) {
  if (topic == nullptr) {
    return {partition, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            reply_message("No such topic as " + name)};
  }
  if (topic->partition(partition) == nullptr) {
    return {partition, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            reply_message(fmt::format("No such partition as {}-{}", name, partition))};
  }
  return {partition, ErrorCode::ELECTION_NOT_NEEDED, kNotNeeded};
}

}  // namespace

void handle(Call<ElectLeaders> call, RequestContext& context) {
  const std::int8_t type = call.request.election_type;
  if (context.version >= kFirstElectionWithType && (type < 0 || type > kUnclean)) {
    return refuse_type(call);
  }
  const auto snapshot = context.broker.catalog().snapshot();
  ElectLeadersResponse response;
  if (!call.request.topic_partitions) {
    // Of all partitions those are told of which there was something to say.
    for (const auto& [name, topic] : snapshot->topics()) {
      response.replica_election_results.emplace_back().topic = name;
    }
    return call.reply(response);
  }
  for (const auto& asked : *call.request.topic_partitions) {
    const auto topic = snapshot->find(asked.topic);
    auto& out = response.replica_election_results.emplace_back();
    out.topic = asked.topic;
    for (const PartitionId partition : asked.partitions) {
      out.partition_result.push_back(elect(topic.get(), asked.topic, partition));
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
