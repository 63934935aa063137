#include "broker/partition_lookup.hpp"

namespace kreel::broker {

using protocol::ErrorCode;

namespace {

PartitionLookup partition_of(std::shared_ptr<const catalog::Topic> topic, PartitionId partition,
                             ErrorCode without_topic) {
  PartitionLookup found;
  found.topic = std::move(topic);
  if (found.topic == nullptr) {
    found.error = without_topic;
    return found;
  }
  found.log = found.topic->partition(partition);
  if (found.log == nullptr) found.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  return found;
}

}  // namespace

PartitionLookup find_partition(const catalog::Snapshot& snapshot, std::string_view topic,
                               PartitionId partition) {
  return partition_of(snapshot.find(topic), partition, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

PartitionLookup find_partition(const catalog::Snapshot& snapshot, const Uuid& topic_id,
                               PartitionId partition) {
  return partition_of(snapshot.find(topic_id), partition, ErrorCode::UNKNOWN_TOPIC_ID);
}

const std::string* topic_name_of(const std::string& name, const Uuid& id,
                                 const catalog::Snapshot& snapshot) {
  if (id.is_zero()) return &name;
  const auto topic = snapshot.find(id);
  return topic == nullptr ? nullptr : &topic->name;
}

ErrorCode check_leader_epoch(LeaderEpoch of_client, LeaderEpoch of_partition) {
  if (of_client < 0 || of_client == of_partition) return ErrorCode::NONE;
  return of_client < of_partition ? ErrorCode::FENCED_LEADER_EPOCH
                                  : ErrorCode::UNKNOWN_LEADER_EPOCH;
}

}  // namespace kreel::broker
