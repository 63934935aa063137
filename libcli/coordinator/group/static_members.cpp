#include <unordered_map>
#include <utility>

#include "coordinator/group/coordinator.hpp"

// Static membership (KIP-345): a restarted member joins with its instance id and without a member
// id, takes the place of its former self under a new id, and usually moves no partitions.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::JoinGroupResponse;
using protocol::SyncGroupResponse;

namespace {

/// From v9 on the leader is told that it leads and need not assign (KIP-814). Before, it is told of
/// a leader that no longer exists, so that it behaves as a follower.
constexpr protocol::Version kSkipAssignmentFrom = 9;

}  // namespace

void GroupCoordinator::replace_static_member(Group& group, Member& member, JoinRequest request,
                                             const GroupContext& context, const std::string& new_id,
                                             JoinReply reply) {
  const std::string old_id = member.id;
  const std::string old_leader = group.leader;
  // Whoever still waits under the old id is a duplicate.
  JoinGroupResponse fenced_join;
  fenced_join.member_id = old_id;
  fenced_join.error_code = ErrorCode::FENCED_INSTANCE_ID;
  group.answer_join(member, std::move(fenced_join), environment_.outbox);
  SyncGroupResponse fenced_sync;
  fenced_sync.error_code = ErrorCode::FENCED_INSTANCE_ID;
  group.answer_sync(member, std::move(fenced_sync), environment_.outbox);

  group.rename(member, new_id);
  member.client_id = context.client_id;
  member.client_host = context.client_host;
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms =
      request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  group.set_protocols(member, std::move(request.protocols));
  group.park_join(member, std::move(reply), environment_.outbox);
  restart_session(group, member);
  note_initial_join(group);

  switch (group.state()) {
    case GroupState::kStable:
      if (group.vote() == group.protocol_name) {
        return keep_generation(group, member, old_id, old_leader, context);
      }
      return rebalance_or_complete_join(group);
    case GroupState::kCompletingRebalance:
      // The leader may be assigning to the old id right now.
      return prepare_rebalance(group);
    case GroupState::kPreparingRebalance:
    case GroupState::kEmpty:
      return complete_join_if_all_joined(group);
  }
}

void GroupCoordinator::keep_generation(Group& group, Member& member, const std::string& old_id,
                                       const std::string& old_leader, const GroupContext& context) {
  protocol::GroupMetadataValue value = metadata_of(group);
  if (const DurableGroup* durable = durable_.find(group.id()); durable && durable->metadata) {
    std::unordered_map<std::string_view, const Bytes*> assignments;
    for (const auto& known : durable->metadata->members) {
      assignments[known.member_id] = &known.assignment;
    }
    for (auto& written : value.members) {
      const std::string& was = written.member_id == member.id ? old_id : written.member_id;
      if (const auto found = assignments.find(was); found != assignments.end()) {
        written.assignment = *found->second;
      }
    }
  }
  auto done = [this, group_id = group.id(), member_id = member.id, old_leader,
               version = context.version](ErrorCode error) {
    Group* on = find(group_id);
    Member* replaced = on == nullptr ? nullptr : on->find(member_id);
    // Otherwise the reply was given, or waits for a rebalance that began in between.
    if (error != ErrorCode::NONE || replaced == nullptr || !on->is(GroupState::kStable)) return;
    JoinGroupResponse response = joined(*on, *replaced);
    if (version >= kSkipAssignmentFrom) {
      response.skip_assignment = on->is_leader(member_id);
    } else {
      response.leader = old_leader;
      response.members.clear();
    }
    on->answer_join(*replaced, std::move(response), environment_.outbox);
    restart_session(*on, *replaced);
  };
  std::vector<Record> records;
  records.push_back(group_record(group.id(), value));
  runtime_.write(std::move(records), std::move(done));
}

}  // namespace kreel::coordinator
