#include "coordinator/group/durable_state.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/planted_bug.hpp"

namespace kreel::coordinator {

namespace {

log::RateLimited malformed_record_log(10'000);

CommittedOffset to_committed(Offset record_offset, protocol::OffsetCommitValue value) {
  return {.offset = value.offset,
          .leader_epoch = value.leader_epoch,
          .metadata = std::move(value.metadata),
          .commit_timestamp = value.commit_timestamp,
          .expire_timestamp = value.expire_timestamp,
          .record_offset = record_offset};
}

/// Removes one offset and what it leaves empty.
template <class Topics>
void erase_offset(Topics& topics, std::string_view topic, PartitionId partition) {
  const auto found = topics.find(topic);
  if (found == topics.end()) return;
  found->second.erase(partition);
  if (found->second.empty()) topics.erase(found);
}

}  // namespace

const CommittedOffset* DurableGroup::find_offset(std::string_view topic,
                                                 PartitionId partition) const {
  const auto found = offsets.find(topic);
  if (found == offsets.end()) return nullptr;
  const auto at = found->second.find(partition);
  return at == found->second.end() ? nullptr : &at->second;
}

void DurableState::replay(const StateMachine::Replayed& replayed) {
  auto record = read_record(replayed.key, replayed.value);
  if (auto* offset = std::get_if<OffsetRecord>(&record)) {
    replay_offset(replayed, std::move(*offset));
  } else if (auto* group = std::get_if<GroupRecord>(&record)) {
    replay_group(std::move(*group));
  } else if (std::get<SkippedRecord>(record).malformed) {
    malformed_record_log.write(log::Level::kWarning,
                               "group coordinator: __consumer_offsets holds a record that is not "
                               "one of Kafka's; it is skipped");
  }
}

void DurableState::replay_offset(const StateMachine::Replayed& replayed, OffsetRecord record) {
  protocol::OffsetCommitKey& key = record.key;
  if (!record.value) return remove_offset(key);
  CommittedOffset committed = to_committed(replayed.offset, std::move(*record.value));
  if (replayed.producer_id >= 0 && !KREEL_BUG("count_pending_offsets")) {
    pending_[replayed.producer_id][key.group][key.topic][key.partition] = std::move(committed);
  } else {
    groups_[key.group].offsets[key.topic][key.partition] = std::move(committed);
  }
}

void DurableState::remove_offset(const protocol::OffsetCommitKey& key) {
  if (const auto group = groups_.find(key.group); group != groups_.end()) {
    erase_offset(group->second.offsets, key.topic, key.partition);
    if (group->second.is_gone()) groups_.erase(group);
  }
  for (auto& [producer_id, pending] : pending_) {
    if (const auto group = pending.find(key.group); group != pending.end()) {
      erase_offset(group->second, key.topic, key.partition);
    }
  }
}

void DurableState::replay_group(GroupRecord record) {
  if (record.value) {
    groups_[record.key.group].metadata = std::move(*record.value);
    return;
  }
  const auto group = groups_.find(record.key.group);
  if (group == groups_.end()) return;
  group->second.metadata.reset();
  if (group->second.is_gone()) groups_.erase(group);
}

void DurableState::replay_transaction_end(ProducerId producer_id, bool committed) {
  const auto ended = pending_.extract(producer_id);
  if (ended.empty() || !committed || KREEL_BUG("lose_pending_offsets")) return;
  for (auto& [group_id, topics] : ended.mapped()) {
    for (auto& [topic, partitions] : topics) {
      for (auto& [partition, offset] : partitions) {
        CommittedOffset& current = groups_[group_id].offsets[topic][partition];
        if (current.record_offset < offset.record_offset) current = std::move(offset);
      }
    }
  }
}

const DurableGroup* DurableState::find(std::string_view group_id) const {
  const auto found = groups_.find(group_id);
  return found == groups_.end() ? nullptr : &found->second;
}

bool DurableState::has_pending_offset(const OffsetKey& key) const {
  for (const auto& [producer_id, pending] : pending_) {
    const auto group = pending.find(key.group_id);
    if (group == pending.end()) continue;
    const auto topic = group->second.find(key.topic);
    if (topic != group->second.end() && topic->second.contains(key.partition)) return true;
  }
  return false;
}

bool DurableState::has_pending_offsets(std::string_view group_id) const {
  for (const auto& [producer_id, pending] : pending_) {
    const auto group = pending.find(group_id);
    if (group != pending.end() && !group->second.empty()) return true;
  }
  return false;
}

void DurableState::for_each_pending(const std::function<void(const OffsetKey&)>& visit) const {
  for (const auto& [producer_id, groups] : pending_) {
    for (const auto& [group_id, topics] : groups) {
      for (const auto& [topic, partitions] : topics) {
        for (const auto& [partition, offset] : partitions) visit({group_id, topic, partition});
      }
    }
  }
}

}  // namespace kreel::coordinator
