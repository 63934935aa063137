#include <algorithm>

#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kManyGroupsFrom = 8;
constexpr protocol::Version kStableFrom = 7;
constexpr protocol::Version kAllTopicsFrom = 2;

using FetchOffsetsCall = Scatter<protocol::OffsetFetch>;

std::map<std::string, std::vector<std::int32_t>> nested(
    const std::vector<TopicPartition>& partitions) {
  std::map<std::string, std::vector<std::int32_t>> topics;
  for (const TopicPartition& at : partitions) topics[at.topic].push_back(at.partition);
  return topics;
}

/// From Kafka 3.0 on: one request for all groups of a coordinator.
FetchOffsetsCall::Batch request_for_many(std::span<const GroupOffsetsQuery> queries,
                                         const std::vector<std::size_t>& items) {
  FetchOffsetsCall::Batch batch{{}, items};
  for (const std::size_t item : items) {
    batch.request.require_stable = batch.request.require_stable || queries[item].stable;
    auto& group = batch.request.groups.emplace_back();
    group.group_id = queries[item].group;
    if (!queries[item].partitions) {
      group.topics.reset();
      continue;
    }
    for (auto& [topic, partitions] : nested(*queries[item].partitions)) {
      auto& wanted = group.topics->emplace_back();
      wanted.name = topic;
      wanted.partition_indexes = partitions;
    }
  }
  return batch;
}

FetchOffsetsCall::Batch request_for_one(const GroupOffsetsQuery& query, std::size_t item,
                                        protocol::Version version) {
  FetchOffsetsCall::Batch batch{{}, {item}};
  batch.request.require_stable = query.stable && version >= kStableFrom;
  batch.request.group_id = query.group;
  if (!query.partitions) {
    batch.request.topics.reset();
    return batch;
  }
  for (auto& [topic, partitions] : nested(*query.partitions)) {
    auto& wanted = batch.request.topics->emplace_back();
    wanted.name = topic;
    wanted.partition_indexes = partitions;
  }
  return batch;
}

/// `topics` of either form of the reply. False when a partition asks to be tried again.
template <class Topics>
bool read_offsets(const Topics& topics, GroupOffsets& group, Outcome& outcome, std::size_t item) {
  group.offsets.clear();
  for (const auto& topic : topics) {
    for (const auto& partition : topic.partitions) {
      const TopicPartition at{topic.name, partition.partition_index};
      if (moved_or_loading(partition.error_code)) {
        outcome.failed(item, partition.error_code, Subject::partition_of(at, "DESCRIBE"));
        return false;
      }
      CommittedOffset& offset = group.offsets.emplace_back();
      offset.at = at;
      if (partition.error_code != ErrorCode::NONE) {
        offset.error = item_error(partition.error_code,
                                  Subject::partition_of(at, "DESCRIBE").by(outcome.user()));
        continue;
      }
      if (partition.committed_offset >= 0) offset.offset = partition.committed_offset;
      offset.leader_epoch = partition.committed_leader_epoch;
      offset.metadata = partition.metadata.value_or("");
    }
  }
  std::ranges::sort(group.offsets, {}, &CommittedOffset::at);
  return true;
}

/// A group that the broker does not know has no commits, which is what was asked.
template <class Topics>
void apply_group(ErrorCode code, const Topics& topics, GroupOffsets& group, Outcome& outcome,
                 std::size_t item) {
  if (code != ErrorCode::NONE && code != ErrorCode::GROUP_ID_NOT_FOUND) {
    return outcome.failed(item, code, Subject::group(group.group, "DESCRIBE"));
  }
  if (read_offsets(topics, group, outcome, item)) outcome.done(item);
}

void apply_offsets(const protocol::OffsetFetchResponse& response,
                   const std::vector<std::size_t>& items, std::vector<GroupOffsets>& groups,
                   Outcome& outcome) {
  if (response.groups.empty()) {
    // The single form; or a reply that leaves everything out, which the caller notices.
    if (items.size() != 1) return;
    return apply_group(response.error_code, response.topics, groups[items[0]], outcome, items[0]);
  }
  for (const auto& answered : response.groups) {
    for (const std::size_t item : items) {
      if (groups[item].group != answered.group_id) continue;
      apply_group(answered.error_code, answered.topics, groups[item], outcome, item);
    }
  }
}

}  // namespace

Result<std::vector<GroupOffsets>> ProtocolAdmin::fetch_offsets(
    std::span<const GroupOffsetsQuery> queries) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<GroupOffsets> groups;
  std::vector<std::string> names;
  for (const GroupOffsetsQuery& query : queries) {
    groups.push_back({query.group, {}, std::nullopt});
    names.push_back(query.group);
  }
  CoordinatorRouter router(cluster_, names, "DESCRIBE");
  FetchOffsetsCall call(
      cluster_, router,
      [&](protocol::Version version,
          const FetchOffsetsCall::Items& items) -> Result<std::vector<FetchOffsetsCall::Batch>> {
        std::vector<FetchOffsetsCall::Batch> batches;
        if (version >= kManyGroupsFrom) {
          batches.push_back(request_for_many(queries, items));
          return batches;
        }
        if (version < kAllTopicsFrom) {
          return fail(ErrorKind::kFailed,
                      "the broker does not support OffsetFetch of all topics (Kafka 0.10.2 and "
                      "later do)");
        }
        for (const std::size_t item : items) {
          batches.push_back(request_for_one(queries[item], item, version));
        }
        return batches;
      },
      [&](const protocol::OffsetFetchResponse& response, const FetchOffsetsCall::Items& items,
          Outcome& outcome) { apply_offsets(response, items, groups, outcome); });
  TRY_ASSIGN(auto outcome, call.run(queries.size(), deadline));
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i].error = outcome.take_error(i);
  return groups;
}

Result<std::vector<PartitionResult>> ProtocolAdmin::commit_offsets(
    std::string_view group, std::span<const OffsetToCommit> offsets) {
  const Deadline deadline = cluster_.new_deadline();
  const std::string name(group);
  CoordinatorRouter router(cluster_, std::vector<std::string>(offsets.size(), name), "READ");
  const auto partition_of = [&](std::size_t item) -> const TopicPartition& {
    return offsets[item].at;
  };
  using Call = Scatter<protocol::OffsetCommit>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.group_id = name;
        for (const auto& [topic, topic_items] : by_topic(items, partition_of)) {
          auto& wanted = request.topics.emplace_back();
          wanted.name = topic;
          for (const std::size_t item : topic_items) {
            auto& partition = wanted.partitions.emplace_back();
            partition.partition_index = offsets[item].at.partition;
            partition.committed_offset = offsets[item].offset;
            partition.committed_leader_epoch = offsets[item].leader_epoch;
            partition.committed_metadata = offsets[item].metadata;
          }
        }
        return batches;
      },
      [&](const protocol::OffsetCommitResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for_each_partition(
            response.topics, items, partition_of, [&](std::size_t item, const auto& answer) {
              const ErrorCode code = answer.error_code;
              const bool of_partition = code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION ||
                                        code == ErrorCode::TOPIC_AUTHORIZATION_FAILED;
              outcome.settle(item, code,
                             of_partition ? Subject::partition_of(offsets[item].at, "READ")
                                          : Subject::group(name, "READ"));
            });
      });
  TRY_ASSIGN(auto outcome, call.run(offsets.size(), deadline));
  std::vector<PartitionResult> results;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    results.push_back({offsets[i].at, outcome.take_error(i)});
  }
  return results;
}

Result<std::vector<PartitionResult>> ProtocolAdmin::delete_offsets(
    std::string_view group, std::span<const TopicPartition> partitions) {
  const Deadline deadline = cluster_.new_deadline();
  const std::string name(group);
  CoordinatorRouter router(cluster_, std::vector<std::string>(partitions.size(), name), "DELETE");
  const auto partition_of = [&](std::size_t item) -> const TopicPartition& {
    return partitions[item];
  };
  using Call = Scatter<protocol::OffsetDelete>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        batches[0].request.group_id = name;
        for (const auto& [topic, topic_items] : by_topic(items, partition_of)) {
          auto& wanted = batches[0].request.topics.emplace_back();
          wanted.name = topic;
          for (const std::size_t item : topic_items) {
            wanted.partitions.emplace_back().partition_index = partitions[item].partition;
          }
        }
        return batches;
      },
      [&](const protocol::OffsetDeleteResponse& response, const Call::Items& items,
          Outcome& outcome) {
        if (response.error_code != ErrorCode::NONE) {
          for (const std::size_t item : items) {
            outcome.failed(item, response.error_code, Subject::group(name, "DELETE"));
          }
          return;
        }
        for_each_partition(response.topics, items, partition_of,
                           [&](std::size_t item, const auto& answer) {
                             outcome.settle(item, answer.error_code,
                                            Subject::partition_of(partitions[item], "READ"));
                           });
      });
  TRY_ASSIGN(auto outcome, call.run(partitions.size(), deadline));
  std::vector<PartitionResult> results;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    results.push_back({partitions[i], outcome.take_error(i)});
  }
  return results;
}

}  // namespace kreel::client
