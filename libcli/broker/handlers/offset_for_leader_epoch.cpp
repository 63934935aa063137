// OffsetForLeaderEpoch, versions 2-4.
//   3: replica id (-2 or -1 for a consumer)   4: flexible

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {

void handle(Call<protocol::OffsetForLeaderEpoch> call, RequestContext& context) {
  protocol::OffsetForLeaderEpochResponse response;
  const auto snapshot = context.broker.catalog().snapshot();
  for (const auto& topic : call.request.topics) {
    auto& out = response.topics.emplace_back();
    out.topic = topic.topic;
    for (const auto& asked : topic.partitions) {
      auto& answer = out.partitions.emplace_back();
      answer.partition = asked.partition;
      const PartitionLookup found = find_partition(*snapshot, topic.topic, asked.partition);
      answer.error_code = found.error;
      if (found.log == nullptr) continue;
      answer.error_code = check_leader_epoch(asked.current_leader_epoch, found.log->leader_epoch());
      if (answer.error_code != protocol::ErrorCode::NONE) continue;
      const auto [epoch, end_offset] = found.log->end_offset_for_epoch(asked.leader_epoch);
      answer.leader_epoch = epoch;
      answer.end_offset = end_offset;
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
