#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "coordinator/group/durable_state.hpp"
#include "coordinator/group/group.hpp"
#include "coordinator/group_config.hpp"
#include "coordinator/group_context.hpp"
#include "coordinator/reply.hpp"
#include "coordinator/runtime.hpp"
#include "coordinator/topic_view.hpp"
#include "coordinator/transaction_requests.hpp"
#include "protocol/messages/delete_groups.hpp"
#include "protocol/messages/describe_groups.hpp"
#include "protocol/messages/heartbeat.hpp"
#include "protocol/messages/leave_group.hpp"
#include "protocol/messages/list_groups.hpp"
#include "protocol/messages/offset_commit.hpp"
#include "protocol/messages/offset_delete.hpp"
#include "protocol/messages/offset_fetch.hpp"
#include "protocol/messages/txn_offset_commit.hpp"

namespace kreel::coordinator {

/// The groups of one partition of __consumer_offsets: the classic group protocol as Kafka's
/// GroupMetadataManager and OffsetMetadataManager have it. Requests are those of GroupShard, which
/// has checked that the partition is loaded. Single-threaded; every entry is one Outbox::Step.
///
/// Durable state is DurableState, written through the runtime. A Group exists while there are
/// members or handed-out member ids; an empty group is what DurableState says.
class GroupCoordinator final : public StateMachine {
 public:
  struct Environment {
    Executor& executor;
    const Clock& clock;
    Random& random;
    RecordWriter& writer;
    const TopicView& topics;
    const GroupConfig& config;
    Outbox& outbox;
  };

  GroupCoordinator(PartitionId partition, const Environment& environment);

  PartitionRuntime& runtime() { return runtime_; }
  const DurableState& durable() const { return durable_; }
  const Group* find_live(std::string_view group_id) const;

  // join.cpp, static_members.cpp
  void join(protocol::JoinGroupRequest request, const GroupContext& context,
            Reply<protocol::JoinGroupResponse> reply);
  // sync.cpp
  void sync(protocol::SyncGroupRequest request, Reply<protocol::SyncGroupResponse> reply);
  // membership.cpp
  protocol::ErrorCode heartbeat(const protocol::HeartbeatRequest& request);
  void leave(const protocol::LeaveGroupRequest& request, Reply<protocol::LeaveGroupResponse> reply);
  // offset_commits.cpp
  void commit(const protocol::OffsetCommitRequest& request, const GroupContext& context,
              Reply<protocol::OffsetCommitResponse> reply);
  // transactional_commits.cpp
  void commit_in_transaction(const protocol::TxnOffsetCommitRequest& request,
                             const GroupContext& context, const TransactionCheck& check,
                             Reply<protocol::TxnOffsetCommitResponse> reply);
  void end_transaction(const TransactionMarker& marker, Reply<protocol::ErrorCode> reply);
  // offset_fetches.cpp
  void fetch(protocol::OffsetFetchRequest::OffsetFetchRequestGroup request, bool require_stable,
             const GroupContext& context,
             Reply<protocol::OffsetFetchResponse::OffsetFetchResponseGroup> reply);
  // offset_removal.cpp
  void delete_offsets(const protocol::OffsetDeleteRequest& request,
                      Reply<protocol::OffsetDeleteResponse> reply);
  void topics_deleted(const std::vector<std::string>& names, std::function<void()> done);
  /// Once per offsets.retention.check.interval.ms.
  void remove_expired();
  // describe.cpp
  void describe(const std::string& group_id, protocol::Version version,
                Reply<protocol::DescribeGroupsResponse::DescribedGroup> reply);
  std::vector<protocol::ListGroupsResponse::ListedGroup> list(
      const protocol::ListGroupsRequest& request) const;
  void delete_group(const std::string& group_id,
                    Reply<protocol::DeleteGroupsResponse::DeletableGroupResult> reply);

  // StateMachine
  void replay(const Replayed& record) override { durable_.replay(record); }
  void replay_transaction_end(ProducerId producer_id, bool committed) override;
  void loaded() override;
  void clear() override;

 private:
  using JoinRequest = protocol::JoinGroupRequest;
  using JoinReply = Reply<protocol::JoinGroupResponse>;
  using SyncReply = Reply<protocol::SyncGroupResponse>;

  // coordinator.cpp
  Group* find(std::string_view group_id);
  Group& find_or_create(const std::string& group_id);
  bool exists(std::string_view group_id) const;
  std::size_t group_count() const;
  /// Forgets a live group that has neither members nor handed-out ids.
  void drop_if_unused(const std::string& group_id);
  static bool is_unused(const Group& group);
  /// A group that only stores offsets can still be described and deleted when the last one goes,
  /// until the next look for what has expired, as in Kafka.
  void stay_listed(const std::string& group_id);
  /// NONE, FENCED_INSTANCE_ID or UNKNOWN_MEMBER_ID (KIP-345).
  static protocol::ErrorCode check_member(const Group& group, std::string_view member_id,
                                          const std::optional<std::string>& instance_id);
  /// Runs `task` as a step of its own, on the live group if it still exists.
  std::function<void()> on_group(const std::string& group_id, std::function<void(Group&)> task);
  protocol::GroupMetadataValue metadata_of(const Group& group) const;
  static const Bytes* assignment_of(const DurableGroup* durable, std::string_view member_id);

  // join.cpp
  void join_new_member(Group& group, JoinRequest request, const GroupContext& context,
                       JoinReply reply);
  void join_known_member(Group& group, JoinRequest request, const GroupContext& context,
                         JoinReply reply);
  void hand_out_member_id(Group& group, const JoinRequest& request, const std::string& member_id,
                          JoinReply reply);
  void add_member(Group& group, JoinRequest request, const GroupContext& context,
                  const std::string& member_id, JoinReply reply);
  void rejoin(Group& group, Member& member, JoinRequest request, JoinReply reply);
  protocol::ErrorCode join_limits(const Group& group, const JoinRequest& request) const;
  bool accepts(const Group& group, std::string_view member_id) const;
  static protocol::JoinGroupResponse joined(const Group& group, const Member& member);
  void refuse(JoinReply reply, std::string member_id, protocol::ErrorCode error);

  // static_members.cpp
  void replace_static_member(Group& group, Member& member, JoinRequest request,
                             const GroupContext& context, const std::string& new_id,
                             JoinReply reply);
  void keep_generation(Group& group, Member& member, const std::string& old_id,
                       const std::string& old_leader, const GroupContext& context);

  // rebalance.cpp
  void rebalance_or_complete_join(Group& group);
  void prepare_rebalance(Group& group);
  void begin_initial_rebalance(Group& group);
  void note_initial_join(Group& group);
  void initial_timer_fired(Group& group);
  void complete_join_if_all_joined(Group& group);
  void complete_join(Group& group);
  void become_empty(Group& group);
  void begin_sync_phase(Group& group);
  void drop_members_that_owe_sync(Group& group);

  // sync.cpp
  void store_assignment(Group& group, protocol::SyncGroupRequest request);
  void hand_out_assignments(Group& group);
  void fail_syncs(Group& group, protocol::ErrorCode error);
  void synced(Group& group, Member& member);

  // membership.cpp
  void restart_session(Group& group, Member& member);
  void restart_session(Group& group, Member& member, std::int32_t timeout_ms);
  void session_expired(Group& group, const std::string& member_id);
  void pending_id_expired(Group& group, const std::string& member_id);
  void remove_member(Group& group, Member& member);
  void members_left(Group& group);
  protocol::ErrorCode leave_one(Group* group,
                                const protocol::LeaveGroupRequest::MemberIdentity& leaving);

  // offset_commits.cpp
  protocol::ErrorCode check_commit(const protocol::OffsetCommitRequest& request,
                                   protocol::Version version);

  /// How offsets are written: inside of a producer's transaction, and on what condition.
  struct OffsetWrite {
    bool by_topic_id = false;
    std::optional<RecordProducer> producer;
    std::function<protocol::ErrorCode()> check;
  };
  void write_offsets(const protocol::OffsetCommitRequest& request, const OffsetWrite& options,
                     Reply<protocol::OffsetCommitResponse> reply);

  // transactional_commits.cpp
  void commit_verified(const protocol::TxnOffsetCommitRequest& request,
                       Reply<protocol::TxnOffsetCommitResponse> reply);
  protocol::ErrorCode check_transactional_commit(const protocol::TxnOffsetCommitRequest& request);

  // offset_removal.cpp
  void expire_group(const std::string& group_id, const DurableGroup& durable,
                    std::vector<Record>& tombstones);
  void write_tombstones(std::vector<Record> tombstones, std::function<void()> done);

  Environment environment_;
  std::size_t metadata_bytes_ = 0;
  DurableState durable_;
  std::map<std::string, std::unique_ptr<Group>, std::less<>> groups_;
  std::vector<std::string> topics_to_forget_;
  /// Commits whose transaction is being asked about; false once a marker has ended it meanwhile.
  std::multimap<ProducerId, std::shared_ptr<bool>> in_question_;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
  PartitionRuntime runtime_;
};

}  // namespace kreel::coordinator
