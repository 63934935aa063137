#include <algorithm>
#include <utility>

#include "base/planted_bug.hpp"
#include "coordinator/group/coordinator.hpp"

// Members that stay (Heartbeat), go (LeaveGroup) and vanish (session timeout).

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::LeaveGroupRequest;
using protocol::LeaveGroupResponse;

ErrorCode GroupCoordinator::heartbeat(const protocol::HeartbeatRequest& request) {
  Group* group = find(request.group_id);
  if (group == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  const ErrorCode error = check_member(*group, request.member_id, request.group_instance_id);
  if (error != ErrorCode::NONE) return error;
  if (request.generation_id != group->generation) return ErrorCode::ILLEGAL_GENERATION;
  restart_session(*group, *group->find(request.member_id));
  return group->is(GroupState::kPreparingRebalance) ? ErrorCode::REBALANCE_IN_PROGRESS
                                                    : ErrorCode::NONE;
}

void GroupCoordinator::restart_session(Group& group, Member& member) {
  restart_session(group, member, member.session_timeout_ms);
}

void GroupCoordinator::restart_session(Group& group, Member& member, std::int32_t timeout_ms) {
  member.session.set(timeout_ms, on_group(group.id(), [this, member_id = member.id](Group& on) {
                       session_expired(on, member_id);
                     }));
}

void GroupCoordinator::session_expired(Group& group, const std::string& member_id) {
  Member* member = group.find(member_id);
  if (member == nullptr || KREEL_BUG("keep_dead_members")) return;
  // A parked request keeps its member alive; a new member's has its own, longer limit.
  if (!member->is_new && (member->awaits_join() || member->awaits_sync())) return;
  remove_member(group, *member);
  members_left(group);
}

void GroupCoordinator::pending_id_expired(Group& group, const std::string& member_id) {
  group.remove(member_id);
  complete_join_if_all_joined(group);
}

void GroupCoordinator::remove_member(Group& group, Member& member) {
  // The id is void: a client that still waits joins again as a new member.
  protocol::JoinGroupResponse join;
  join.error_code = ErrorCode::UNKNOWN_MEMBER_ID;
  group.answer_join(member, std::move(join), environment_.outbox);
  protocol::SyncGroupResponse sync;
  sync.error_code = ErrorCode::UNKNOWN_MEMBER_ID;
  group.answer_sync(member, std::move(sync), environment_.outbox);
  group.remove(member.id);
}

void GroupCoordinator::members_left(Group& group) {
  if (group.is(GroupState::kStable) || group.is(GroupState::kCompletingRebalance)) {
    prepare_rebalance(group);
  } else {
    complete_join_if_all_joined(group);
  }
}

void GroupCoordinator::leave(const LeaveGroupRequest& request, Reply<LeaveGroupResponse> reply) {
  LeaveGroupResponse response;
  Group* group = find(request.group_id);
  bool left = false;
  for (const auto& leaving : request.members) {
    auto& told = response.members.emplace_back();
    told.member_id = leaving.member_id;
    told.group_instance_id = leaving.group_instance_id;
    told.error_code = leave_one(group, leaving);
    left = left || told.error_code == ErrorCode::NONE;
  }
  if (left) members_left(*group);
  drop_if_unused(request.group_id);
  runtime_.after_durable(
      [this, reply = std::move(reply), response = std::move(response)](ErrorCode error) mutable {
        if (error != ErrorCode::NONE) {
          response.members.clear();
          response.error_code = error;
        }
        environment_.outbox.send(reply, std::move(response));
      });
}

ErrorCode GroupCoordinator::leave_one(Group* group,
                                      const LeaveGroupRequest::MemberIdentity& leaving) {
  if (group == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
  std::string member_id = leaving.member_id;
  if (member_id.empty()) {
    // An administrator removes a static member by its instance id alone.
    const std::string* current =
        leaving.group_instance_id ? group->static_member(*leaving.group_instance_id) : nullptr;
    if (current == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
    member_id = *current;
  } else if (group->pending_members.contains(member_id)) {
    group->remove(member_id);
    return ErrorCode::NONE;
  } else {
    const ErrorCode error = check_member(*group, member_id, leaving.group_instance_id);
    if (error != ErrorCode::NONE) return error;
  }
  remove_member(*group, *group->find(member_id));
  return ErrorCode::NONE;
}

}  // namespace kreel::coordinator
