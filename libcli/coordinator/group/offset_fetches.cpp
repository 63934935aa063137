#include <set>
#include <utility>

#include "coordinator/group/coordinator.hpp"

// OffsetFetch for one group. What it reads may not be on disk yet: the reply waits until it is.

namespace kreel::coordinator {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kFetchTopicIdsFrom = 10;

using FetchGroup = protocol::OffsetFetchRequest::OffsetFetchRequestGroup;
using FetchedGroup = protocol::OffsetFetchResponse::OffsetFetchResponseGroup;
using FetchedPartition = protocol::OffsetFetchResponse::OffsetFetchResponsePartitions;

FetchedPartition fetched(PartitionId partition, const CommittedOffset* committed,
                         ErrorCode error = ErrorCode::NONE) {
  FetchedPartition result;
  result.partition_index = partition;
  result.committed_offset = -1;
  result.error_code = error;
  if (committed == nullptr || error != ErrorCode::NONE) return result;
  result.committed_offset = committed->offset;
  result.committed_leader_epoch = committed->leader_epoch;
  result.metadata = committed->metadata;
  return result;
}

class Fetcher {
 public:
  Fetcher(const DurableState& state, std::string_view group_id, bool require_stable)
      : state_(state),
        group_(state.find(group_id)),
        group_id_(group_id),
        require_stable_(require_stable) {}

  FetchedPartition partition(std::string_view topic, PartitionId partition) const {
    // An open transaction may be about to move it (KIP-447).
    if (require_stable_ && state_.has_pending_offset({group_id_, topic, partition})) {
      return fetched(partition, nullptr, ErrorCode::UNSTABLE_OFFSET_COMMIT);
    }
    return fetched(partition, group_ == nullptr ? nullptr : group_->find_offset(topic, partition));
  }

  const DurableGroup* group() const { return group_; }

 private:
  const DurableState& state_;
  const DurableGroup* group_;
  std::string_view group_id_;
  bool require_stable_;
};

void fetch_all(const Fetcher& fetcher, bool by_id, const TopicView& topics, FetchedGroup& result) {
  if (fetcher.group() == nullptr) return;
  for (const auto& [topic, partitions] : fetcher.group()->offsets) {
    Uuid id;
    if (by_id) {
      const auto found = topics.find(topic);
      if (!found) continue;  // gone, so there is no id to name it by
      id = found->id;
    }
    auto& told = result.topics.emplace_back();
    told.name = topic;
    told.topic_id = id;
    for (const auto& [partition, committed] : partitions) {
      told.partitions.push_back(fetcher.partition(topic, partition));
    }
  }
}

void fetch_named(const Fetcher& fetcher, bool by_id, const TopicView& topics,
                 const FetchGroup& request, FetchedGroup& result) {
  std::set<std::pair<std::string, PartitionId>> seen;
  for (const auto& topic : *request.topics) {
    const auto name = by_id ? topics.name_of(topic.topic_id) : std::optional(topic.name);
    auto& told = result.topics.emplace_back();
    told.name = by_id ? name.value_or("") : topic.name;
    told.topic_id = topic.topic_id;
    for (const PartitionId partition : topic.partition_indexes) {
      const std::string& key = by_id ? topic.topic_id.to_string() : topic.name;
      if (!seen.emplace(key, partition).second) continue;  // asked twice, answered once
      told.partitions.push_back(name ? fetcher.partition(*name, partition)
                                     : fetched(partition, nullptr, ErrorCode::UNKNOWN_TOPIC_ID));
    }
  }
}

}  // namespace

void GroupCoordinator::fetch(FetchGroup request, bool require_stable, const GroupContext& context,
                             Reply<FetchedGroup> reply) {
  FetchedGroup result;
  result.group_id = request.group_id;
  const Fetcher fetcher(durable_, request.group_id, require_stable);
  const bool by_id = context.version >= kFetchTopicIdsFrom;
  if (request.topics) {
    fetch_named(fetcher, by_id, environment_.topics, request, result);
  } else {
    fetch_all(fetcher, by_id, environment_.topics, result);
  }
  runtime_.after_durable(
      environment_.config.offsets_commit_timeout_ms,
      [this, reply = std::move(reply), result = std::move(result)](ErrorCode error) mutable {
        if (error != ErrorCode::NONE) {
          // Consumers before 3.9 do not expect COORDINATOR_NOT_AVAILABLE here.
          result.topics.clear();
          result.error_code =
              error == ErrorCode::COORDINATOR_NOT_AVAILABLE ? ErrorCode::NOT_COORDINATOR : error;
        }
        environment_.outbox.send(reply, std::move(result));
      });
}

}  // namespace kreel::coordinator
