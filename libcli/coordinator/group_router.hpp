#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "coordinator/group_service.hpp"

namespace kreel::coordinator {

/// Brings group requests from any io thread to the shard that owns the group, and the replies back.
/// Requests that name many groups are split over the shards and their replies put together.
/// Immutable after construction, hence thread-safe; shards and executors must outlive it.
class GroupRouter {
 public:
  struct Shard {
    Executor* executor = nullptr;
    GroupShard* groups = nullptr;
  };

  /// Partition p of __consumer_offsets belongs to shard p mod shards.size().
  GroupRouter(std::vector<Shard> shards, std::int32_t partition_count);

  std::size_t shard_of_partition(PartitionId partition) const;
  PartitionId partition_of(std::string_view group_id) const;

  // Each takes the executor of the calling thread (`home`), on which `reply` is called exactly
  // once, inside the call or later.
  void join(Executor& home, protocol::JoinGroupRequest request, GroupContext context,
            Reply<protocol::JoinGroupResponse> reply) const;
  void sync(Executor& home, protocol::SyncGroupRequest request, GroupContext context,
            Reply<protocol::SyncGroupResponse> reply) const;
  void heartbeat(Executor& home, protocol::HeartbeatRequest request,
                 Reply<protocol::HeartbeatResponse> reply) const;
  void leave(Executor& home, protocol::LeaveGroupRequest request, GroupContext context,
             Reply<protocol::LeaveGroupResponse> reply) const;
  void commit(Executor& home, protocol::OffsetCommitRequest request, GroupContext context,
              Reply<protocol::OffsetCommitResponse> reply) const;
  void commit_in_transaction(Executor& home, protocol::TxnOffsetCommitRequest request,
                             GroupContext context, TransactionCheck check,
                             Reply<protocol::TxnOffsetCommitResponse> reply) const;
  void end_transaction(Executor& home, PartitionId partition, const TransactionMarker& marker,
                       Reply<protocol::ErrorCode> reply) const;
  /// The whole request of any version.
  void fetch(Executor& home, protocol::OffsetFetchRequest request, GroupContext context,
             Reply<protocol::OffsetFetchResponse> reply) const;
  void delete_offsets(Executor& home, protocol::OffsetDeleteRequest request,
                      Reply<protocol::OffsetDeleteResponse> reply) const;
  void describe(Executor& home, protocol::DescribeGroupsRequest request, GroupContext context,
                Reply<protocol::DescribeGroupsResponse> reply) const;
  void list(Executor& home, protocol::ListGroupsRequest request,
            Reply<protocol::ListGroupsResponse> reply) const;
  void delete_groups(Executor& home, protocol::DeleteGroupsRequest request,
                     Reply<protocol::DeleteGroupsResponse> reply) const;
  void topics_deleted(Executor& home, std::vector<std::string> names,
                      std::function<void()> done) const;

 private:
  const Shard& shard_for(std::string_view group_id) const;
  template <class Item, class Ask>
  void ask_many(Executor& home, const std::vector<std::string>& group_ids,
                Reply<std::vector<Item>> reply, Ask ask) const;

  std::vector<Shard> shards_;
  std::int32_t partition_count_;
};

}  // namespace kreel::coordinator
