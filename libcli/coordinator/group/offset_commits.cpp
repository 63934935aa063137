#include <algorithm>
#include <limits>
#include <utility>

#include "base/planted_bug.hpp"
#include "coordinator/group/coordinator.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/limits.hpp"

// OffsetCommit: by members of the current generation, or by anyone while the group is empty.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::OffsetCommitRequest;
using protocol::OffsetCommitResponse;
using protocol::Version;

namespace {

constexpr Version kCommitTopicIdsFrom = 10;
/// Clients of v9+ know the errors of KIP-848.
constexpr Version kCommitGroupIdNotFoundFrom = 9;

struct Resolved {
  std::string name;
  std::int32_t partition_count = 0;
  ErrorCode error = ErrorCode::NONE;
};

Resolved resolve(const OffsetCommitRequest::OffsetCommitRequestTopic& topic, bool by_id,
                 const TopicView& topics) {
  if (by_id) {
    auto name = topics.name_of(topic.topic_id);
    if (!name) return {"", 0, ErrorCode::UNKNOWN_TOPIC_ID};
    const auto found = topics.find(*name);
    return {std::move(*name), found ? found->partition_count : 0, ErrorCode::NONE};
  }
  const auto found = topics.find(topic.name);
  if (!found) return {"", 0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION};
  return {topic.name, found->partition_count, ErrorCode::NONE};
}

}  // namespace

ErrorCode GroupCoordinator::check_commit(const OffsetCommitRequest& request, Version version) {
  const std::int32_t generation = request.generation_id_or_member_epoch;
  if (!exists(request.group_id)) {
    if (generation < 0) {
      return group_count() < kGroupsPerPartitionMax ? ErrorCode::NONE : ErrorCode::POLICY_VIOLATION;
    }
    return version >= kCommitGroupIdNotFoundFrom ? ErrorCode::GROUP_ID_NOT_FOUND
                                                 : ErrorCode::ILLEGAL_GENERATION;
  }
  Group* group = find(request.group_id);
  const bool is_empty = group == nullptr || group->is(GroupState::kEmpty);
  if (generation < 0 && is_empty) return ErrorCode::NONE;
  if (is_empty) return ErrorCode::UNKNOWN_MEMBER_ID;
  const bool names_member =
      generation >= 0 || !request.member_id.empty() || request.group_instance_id;
  if (!names_member) return ErrorCode::UNKNOWN_MEMBER_ID;
  const ErrorCode error = check_member(*group, request.member_id, request.group_instance_id);
  if (error != ErrorCode::NONE) return error;
  const bool is_old = generation != group->generation && !KREEL_BUG("commit_of_old_generation");
  if (is_old) return ErrorCode::ILLEGAL_GENERATION;
  // The member has heard of the new generation and does not own anything in it yet.
  if (group->is(GroupState::kCompletingRebalance)) return ErrorCode::REBALANCE_IN_PROGRESS;
  restart_session(*group, *group->find(request.member_id));
  return ErrorCode::NONE;
}

void GroupCoordinator::commit(const OffsetCommitRequest& request, const GroupContext& context,
                              Reply<OffsetCommitResponse> reply) {
  write_offsets(request,
                {.by_topic_id = context.version >= kCommitTopicIdsFrom,
                 .producer = std::nullopt,
                 .check = [&] { return check_commit(request, context.version); }},
                std::move(reply));
}

void GroupCoordinator::write_offsets(const OffsetCommitRequest& request, const OffsetWrite& options,
                                     Reply<OffsetCommitResponse> reply) {
  const TimestampMs now_ms = environment_.clock.wall_ms();
  // -1 is "the broker's default", and so is every other negative time.
  constexpr auto kNever = std::numeric_limits<TimestampMs>::max();
  const TimestampMs expire_timestamp =
      request.retention_time_ms < 0 ? -1
                                    : now_ms + std::min(request.retention_time_ms, kNever - now_ms);
  const auto metadata_max = static_cast<std::size_t>(environment_.config.offset_metadata_max_bytes);
  std::optional<ErrorCode> group_error;  // asked once a partition is there to commit
  OffsetCommitResponse response;
  std::vector<Record> records;
  for (const auto& topic : request.topics) {
    const Resolved resolved = resolve(topic, options.by_topic_id, environment_.topics);
    auto& told = response.topics.emplace_back();
    told.name = topic.name;
    told.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& result = told.partitions.emplace_back();
      result.partition_index = partition.partition_index;
      result.error_code = resolved.error;
      if (result.error_code != ErrorCode::NONE) continue;
      const std::string& metadata = partition.committed_metadata.value_or("");
      if (partition.partition_index < 0 || partition.partition_index >= resolved.partition_count) {
        result.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        continue;
      }
      if (!group_error) group_error = options.check();
      result.error_code = *group_error;
      if (result.error_code != ErrorCode::NONE) continue;
      if (metadata.size() > metadata_max && java_string_length(metadata) > metadata_max) {
        result.error_code = ErrorCode::OFFSET_METADATA_TOO_LARGE;
        continue;
      }
      records.push_back(offset_record({request.group_id, resolved.name, partition.partition_index},
                                      {.offset = partition.committed_offset,
                                       .leader_epoch = partition.committed_leader_epoch,
                                       .metadata = metadata,
                                       .commit_timestamp = now_ms,
                                       .expire_timestamp = expire_timestamp}));
    }
  }
  auto done = [this, reply = std::move(reply),
               response = std::move(response)](ErrorCode error) mutable {
    for (auto& topic : response.topics) {
      for (auto& partition : topic.partitions) {
        const bool committed = partition.error_code == ErrorCode::NONE;
        if (committed) partition.error_code = error;
      }
    }
    environment_.outbox.send(reply, std::move(response));
  };
  if (records.empty()) return done(ErrorCode::NONE);
  runtime_.write(std::move(records), options.producer,
                 environment_.config.offsets_commit_timeout_ms, std::move(done));
}

}  // namespace kreel::coordinator
