#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/random.hpp"
#include "coordinator/group_config.hpp"
#include "coordinator/group_context.hpp"
#include "coordinator/record_writer.hpp"
#include "coordinator/reply.hpp"
#include "coordinator/topic_view.hpp"
#include "coordinator/transaction_requests.hpp"
#include "protocol/messages/delete_groups.hpp"
#include "protocol/messages/describe_groups.hpp"
#include "protocol/messages/heartbeat.hpp"
#include "protocol/messages/join_group.hpp"
#include "protocol/messages/leave_group.hpp"
#include "protocol/messages/list_groups.hpp"
#include "protocol/messages/offset_commit.hpp"
#include "protocol/messages/offset_delete.hpp"
#include "protocol/messages/offset_fetch.hpp"
#include "protocol/messages/sync_group.hpp"
#include "protocol/messages/txn_offset_commit.hpp"

namespace kreel::coordinator {

class DurableState;

/// The group coordinator of one io thread: the classic group protocol and committed offsets of
/// the partitions of __consumer_offsets that were loaded into it. Every function is called on the
/// thread of `executor` alone; no locks inside. A group belongs to the shard that owns
/// partition_for_group(group id); requests for other groups answer NOT_COORDINATOR, and
/// COORDINATOR_LOAD_IN_PROGRESS while their partition is being replayed.
///
/// Replies that tell of written records (JoinGroup after a static member was replaced, SyncGroup,
/// LeaveGroup of the last member, OffsetCommit, ...) go out when the records are durable, and so do
/// replies computed from them (OffsetFetch, DescribeGroups, ListGroups). When a write fails the
/// partition answers what waits with NOT_COORDINATOR (as Kafka does for KAFKA_STORAGE_ERROR) and
/// replays its log, so that memory never differs from what is on disk.
///
/// Authorization and quotas are the caller's: topics that the principal may not read must be taken
/// out of commits and fetches before, and merged into the reply after.
class GroupShard {
 public:
  struct Environment {
    Executor& executor;
    const Clock& clock;
    Random& random;
    RecordWriter& writer;
    const TopicView& topics;
  };

  /// On any thread; nothing runs before load().
  GroupShard(Environment environment, const GroupConfig& config);
  /// Answers everything parked with NOT_COORDINATOR. Callbacks that are still under way (durable,
  /// loaded batches, timers) may come later and have no effect.
  ~GroupShard();
  GroupShard(const GroupShard&) = delete;
  GroupShard& operator=(const GroupShard&) = delete;

  /// Takes the partition over and replays its log. `loaded` is called once, when requests are
  /// served; a failing read is tried again every second until then. `source` is kept: the partition
  /// is replayed again after a failed write.
  void load(PartitionId partition, BatchSource source, std::function<void()> loaded);
  /// Answers what is parked with NOT_COORDINATOR and forgets the partition.
  void unload(PartitionId partition);
  /// Whether every loaded partition has been replayed.
  bool is_ready() const;

  /// JoinGroup v0-9. v0-3 join without asking for a member id first (KIP-394 is v4), v0 has no
  /// rebalance timeout, v9 knows SkipAssignment (KIP-814).
  void join(protocol::JoinGroupRequest request, const GroupContext& context,
            Reply<protocol::JoinGroupResponse> reply);
  /// SyncGroup v0-5; v5 has to name protocol type and name (KIP-559). The assignments of a
  /// generation are durable before any member gets one.
  void sync(protocol::SyncGroupRequest request, const GroupContext& context,
            Reply<protocol::SyncGroupResponse> reply);
  /// Heartbeat v0-4. Answers NONE while the group is being replayed.
  void heartbeat(const protocol::HeartbeatRequest& request,
                 Reply<protocol::HeartbeatResponse> reply);
  /// LeaveGroup v0-5: v0-2 one member with the error at the top, v3+ many.
  void leave(protocol::LeaveGroupRequest request, const GroupContext& context,
             Reply<protocol::LeaveGroupResponse> reply);

  /// OffsetCommit v2-10. Topics are named up to v9 and known by id from v10 on; unknown ones answer
  /// UNKNOWN_TOPIC_OR_PARTITION and UNKNOWN_TOPIC_ID.
  void commit(protocol::OffsetCommitRequest request, const GroupContext& context,
              Reply<protocol::OffsetCommitResponse> reply);
  /// One group of an OffsetFetch, in the form of v8+; null topics are all topics. From v10 on
  /// topics are known by id. offset_fetch_forms.hpp turns v1-7 into this form and back.
  void fetch(protocol::OffsetFetchRequest::OffsetFetchRequestGroup request, bool require_stable,
             const GroupContext& context,
             Reply<protocol::OffsetFetchResponse::OffsetFetchResponseGroup> reply);
  /// TxnOffsetCommit v0-5: offsets that count once a marker commits the producer's transaction.
  /// `check` is asked first, with the shard's executor.
  void commit_in_transaction(protocol::TxnOffsetCommitRequest request, const GroupContext& context,
                             const TransactionCheck& check,
                             Reply<protocol::TxnOffsetCommitResponse> reply);
  /// Ends a producer's transaction in one partition: NONE once its offsets are durable and count,
  /// or are forgotten.
  void end_transaction(PartitionId partition, const TransactionMarker& marker,
                       Reply<protocol::ErrorCode> reply);
  void delete_offsets(protocol::OffsetDeleteRequest request,
                      Reply<protocol::OffsetDeleteResponse> reply);

  /// The groups of this shard, in the order asked. Before v6 an unknown group is "Dead" without an
  /// error, from v6 on GROUP_ID_NOT_FOUND (KIP-1043). authorized_operations is the caller's.
  void describe(std::vector<std::string> group_ids, const GroupContext& context,
                Reply<std::vector<protocol::DescribeGroupsResponse::DescribedGroup>> reply);
  /// All groups of this shard that pass the filters (case is ignored).
  void list(protocol::ListGroupsRequest request, Reply<protocol::ListGroupsResponse> reply);
  void delete_groups(
      std::vector<std::string> group_ids,
      Reply<std::vector<protocol::DeleteGroupsResponse::DeletableGroupResult>> reply);

  /// Removes the offsets of deleted topics from every group; `done` after that is durable, or was
  /// given up because a write failed.
  void topics_deleted(const std::vector<std::string>& names, std::function<void()> done);

  /// Every committed offset that is in memory. Not while the shard is called from inside `visit`.
  void for_each_offset(const std::function<void(const CommittedOffsetView&)>& visit) const;
  /// What the records of a partition say; null when it is not here.
  const DurableState* durable_state(PartitionId partition) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel::coordinator
