#include "broker/partition_lookup.hpp"

namespace kreel::broker {

using protocol::ErrorCode;

PartitionLookup find_partition(const catalog::Snapshot& snapshot, std::string_view topic,
                               const Uuid& topic_id, PartitionId partition) {
  PartitionLookup found;
  const bool by_id = topic.empty() && !topic_id.is_zero();
  found.topic = by_id ? snapshot.find(topic_id) : snapshot.find(topic);
  if (found.topic == nullptr) {
    found.error = by_id ? ErrorCode::UNKNOWN_TOPIC_ID : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    return found;
  }
  found.log = found.topic->partition(partition);
  if (found.log == nullptr) found.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  return found;
}

ErrorCode check_leader_epoch(LeaderEpoch of_client, LeaderEpoch of_partition) {
  if (of_client < 0 || of_client == of_partition) return ErrorCode::NONE;
  return of_client < of_partition ? ErrorCode::FENCED_LEADER_EPOCH
                                  : ErrorCode::UNKNOWN_LEADER_EPOCH;
}

}  // namespace kreel::broker
