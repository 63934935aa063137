// DescribeProducers, version 0 (KIP-664): what a partition knows of its producers.

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {

void handle(Call<protocol::DescribeProducers> call, RequestContext& context) {
  protocol::DescribeProducersResponse response;
  const auto snapshot = context.broker.catalog().snapshot();
  for (const auto& topic : call.request.topics) {
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    for (const PartitionId index : topic.partition_indexes) {
      auto& answer = out.partitions.emplace_back();
      answer.partition_index = index;
      const PartitionLookup found = find_partition(*snapshot, topic.name, index);
      answer.error_code = found.error;
      if (found.log == nullptr) continue;
      for (const auto& producer : found.log->producers()) {
        answer.active_producers.push_back({.producer_id = producer.producer_id,
                                           .producer_epoch = producer.producer_epoch,
                                           .last_sequence = producer.last_sequence,
                                           .last_timestamp = producer.last_timestamp,
                                           .coordinator_epoch = producer.coordinator_epoch,
                                           .current_txn_start_offset = producer.txn_first_offset});
      }
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
