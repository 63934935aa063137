#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "coordinator/group/coordinator.hpp"
#include "coordinator/limits.hpp"

// Offsets that go: OffsetDelete, deleted topics, retention.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::OffsetDeleteRequest;
using protocol::OffsetDeleteResponse;

void GroupCoordinator::delete_offsets(const OffsetDeleteRequest& request,
                                      Reply<OffsetDeleteResponse> reply) {
  OffsetDeleteResponse response;
  std::vector<Record> records;
  const Group* group = find(request.group_id);
  const DurableGroup* durable = durable_.find(request.group_id);
  const bool has_members = group != nullptr && !group->is(GroupState::kEmpty);
  if (!exists(request.group_id)) {
    response.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
  } else if (has_members && !group->is_consumer_group()) {
    response.error_code = ErrorCode::NON_EMPTY_GROUP;
  }
  if (response.error_code != ErrorCode::NONE) return environment_.outbox.send(reply, response);

  // Metadata that cannot be read may name any topic.
  std::optional<std::set<std::string>> subscribed = std::set<std::string>();
  if (has_members) subscribed = group->subscribed_topics();
  for (const auto& topic : request.topics) {
    auto& told = response.topics.emplace_back();
    told.name = topic.name;
    const auto known = environment_.topics.find(topic.name);
    const PartitionId end = known ? known->partition_count : 0;
    const bool is_subscribed = !subscribed || subscribed->contains(topic.name);
    for (const auto& partition : topic.partitions) {
      ErrorCode error = ErrorCode::NONE;
      if (partition.partition_index < 0 || partition.partition_index >= end) {
        error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      } else if (is_subscribed) {
        error = ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC;
      }
      told.partitions.push_back({partition.partition_index, error});
      const OffsetKey key{request.group_id, topic.name, partition.partition_index};
      const bool is_stored =
          (durable != nullptr && durable->find_offset(key.topic, key.partition) != nullptr) ||
          durable_.has_pending_offset(key);
      if (error == ErrorCode::NONE && is_stored) records.push_back(offset_tombstone(key));
    }
  }
  const bool has_metadata = durable != nullptr && durable->metadata;
  if (!records.empty() && !has_metadata) stay_listed(request.group_id);
  runtime_.write(std::move(records), [this, reply = std::move(reply),
                                      response = std::move(response)](ErrorCode error) mutable {
    if (error != ErrorCode::NONE) {
      response.topics.clear();
      response.error_code = error;
    }
    environment_.outbox.send(reply, std::move(response));
  });
}

void GroupCoordinator::topics_deleted(const std::vector<std::string>& names,
                                      std::function<void()> done) {
  if (runtime_.availability() == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) {
    // Once the log has been replayed it is known which offsets there are.
    topics_to_forget_.insert(topics_to_forget_.end(), names.begin(), names.end());
    return environment_.outbox.push(std::move(done));
  }
  std::vector<Record> tombstones;
  for (const auto& [group_id, group] : durable_.groups()) {
    for (const std::string& name : names) {
      const auto topic = group.offsets.find(name);
      if (topic == group.offsets.end()) continue;
      if (!group.metadata) stay_listed(group_id);
      for (const auto& [partition, committed] : topic->second) {
        tombstones.push_back(offset_tombstone({group_id, name, partition}));
      }
    }
  }
  durable_.for_each_pending([&](const OffsetKey& key) {
    const bool is_deleted = std::ranges::find(names, key.topic) != names.end();
    if (is_deleted) tombstones.push_back(offset_tombstone(key));
  });
  write_tombstones(std::move(tombstones), std::move(done));
}

void GroupCoordinator::stay_listed(const std::string& group_id) {
  find_or_create(group_id);
}

void GroupCoordinator::remove_expired() {
  std::erase_if(groups_, [this](const auto& entry) {
    return is_unused(*entry.second) && durable_.find(entry.first) == nullptr;
  });
  std::vector<Record> tombstones;
  for (const auto& [group_id, durable] : durable_.groups()) {
    expire_group(group_id, durable, tombstones);
  }
  write_tombstones(std::move(tombstones), [] {});
}

void GroupCoordinator::expire_group(const std::string& group_id, const DurableGroup& durable,
                                    std::vector<Record>& tombstones) {
  const Group* group = find(group_id);
  const bool is_empty = group == nullptr || group->is(GroupState::kEmpty);
  std::optional<std::set<std::string>> subscribed = std::set<std::string>();
  if (!is_empty) {
    // A group that lives loses what it no longer subscribes to, if that can be told.
    if (!group->is(GroupState::kStable) || !group->is_consumer_group()) return;
    subscribed = group->subscribed_topics();
    if (!subscribed) return;
  }
  // An empty group's offsets age from when it became empty; those of consumers without a group, and
  // of a group that lives, from their commit.
  TimestampMs emptied_at = -1;
  if (is_empty && durable.metadata && !durable.metadata->protocol_type.empty()) {
    emptied_at = durable.metadata->current_state_timestamp;
  }
  const TimestampMs now_ms = environment_.clock.wall_ms();
  bool all_expired = true;
  for (const auto& [topic, partitions] : durable.offsets) {
    for (const auto& [partition, committed] : partitions) {
      const TimestampMs since = emptied_at >= 0 ? emptied_at : committed.commit_timestamp;
      const bool is_due = committed.expire_timestamp >= 0
                              ? now_ms >= committed.expire_timestamp
                              : now_ms - since >= environment_.config.offsets_retention_ms;
      const OffsetKey key{group_id, topic, partition};
      if (is_due && !subscribed->contains(topic) && !durable_.has_pending_offset(key)) {
        tombstones.push_back(offset_tombstone(key));
      } else {
        all_expired = false;
      }
    }
  }
  const bool is_unused = all_expired && group == nullptr && durable.metadata.has_value();
  if (is_unused && !durable_.has_pending_offsets(group_id)) {
    tombstones.push_back(group_tombstone(group_id));
  }
}

void GroupCoordinator::write_tombstones(std::vector<Record> tombstones,
                                        std::function<void()> done) {
  auto next = tombstones.begin();
  while (tombstones.end() - next > static_cast<std::ptrdiff_t>(kTombstonesPerBatchMax)) {
    const auto end = next + static_cast<std::ptrdiff_t>(kTombstonesPerBatchMax);
    runtime_.write({std::make_move_iterator(next), std::make_move_iterator(end)}, [](ErrorCode) {});
    next = end;
  }
  runtime_.write({std::make_move_iterator(next), std::make_move_iterator(tombstones.end())},
                 [this, done = std::move(done)](ErrorCode) { environment_.outbox.push(done); });
}

}  // namespace kreel::coordinator
