#include <unordered_map>
#include <utility>

#include "coordinator/group/coordinator.hpp"
#include "coordinator/limits.hpp"

// SyncGroup: the leader hands in an assignment, which is durable before any member gets its part.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::SyncGroupRequest;
using protocol::SyncGroupResponse;

namespace {

bool differs(const std::optional<std::string>& told, const std::string& actual) {
  return told && *told != actual;
}

SyncGroupResponse refused_sync(ErrorCode error) {
  SyncGroupResponse response;
  response.error_code = error;
  return response;
}

SyncGroupResponse synced_response(const Group& group, const Bytes* assignment) {
  SyncGroupResponse response;
  response.protocol_type = group.protocol_type;
  response.protocol_name = group.protocol_name;
  if (assignment != nullptr) response.assignment = *assignment;
  return response;
}

}  // namespace

void GroupCoordinator::sync(SyncGroupRequest request, SyncReply reply) {
  Group* group = find(request.group_id);
  ErrorCode error = ErrorCode::UNKNOWN_MEMBER_ID;
  if (group != nullptr) error = check_member(*group, request.member_id, request.group_instance_id);
  if (error == ErrorCode::NONE && request.generation_id != group->generation) {
    error = ErrorCode::ILLEGAL_GENERATION;
  } else if (error == ErrorCode::NONE && (differs(request.protocol_type, group->protocol_type) ||
                                          differs(request.protocol_name, group->protocol_name))) {
    error = ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
  } else if (error == ErrorCode::NONE && group->is(GroupState::kPreparingRebalance)) {
    error = ErrorCode::REBALANCE_IN_PROGRESS;
  }
  if (error != ErrorCode::NONE) return environment_.outbox.send(reply, refused_sync(error));

  Member& member = *group->find(request.member_id);
  synced(*group, member);
  if (group->is(GroupState::kStable)) {
    const Bytes* assignment = assignment_of(durable_.find(group->id()), member.id);
    return environment_.outbox.send(reply, synced_response(*group, assignment));
  }
  group->park_sync(member, std::move(reply), environment_.outbox);
  if (group->is_leader(member.id)) store_assignment(*group, std::move(request));
}

void GroupCoordinator::synced(Group& group, Member& member) {
  member.owes_sync = false;
  for (const auto& [id, other] : group.members()) {
    if (other->owes_sync) return;
  }
  group.sync_timer.cancel();
}

void GroupCoordinator::store_assignment(Group& group, SyncGroupRequest request) {
  std::unordered_map<std::string_view, Bytes*> assignments;
  std::size_t bytes = 0;
  for (auto& assigned : request.assignments) {
    assignments[assigned.member_id] = &assigned.assignment;
    bytes += assigned.assignment.size();
  }
  if (bytes > kAssignmentBytesPerGroupMax) {
    return fail_syncs(group, ErrorCode::UNKNOWN_SERVER_ERROR);
  }
  // A member that the leader did not name gets nothing: empty bytes.
  protocol::GroupMetadataValue value = metadata_of(group);
  for (auto& written : value.members) {
    const auto found = assignments.find(written.member_id);
    if (found != assignments.end()) written.assignment = std::move(*found->second);
  }
  auto done = [this, group_id = group.id(), generation = group.generation,
               write = ++group.assignment_writes](ErrorCode error) {
    Group* on = find(group_id);
    // Otherwise a rebalance began in between, or the leader sent another assignment.
    const bool current = on != nullptr && on->is(GroupState::kCompletingRebalance) &&
                         on->generation == generation && on->assignment_writes == write;
    if (current && error == ErrorCode::NONE) hand_out_assignments(*on);
  };
  std::vector<Record> records;
  records.push_back(group_record(group.id(), value));
  runtime_.write(std::move(records), std::move(done));
}

void GroupCoordinator::hand_out_assignments(Group& group) {
  group.set_state(GroupState::kStable);
  const DurableGroup* durable = durable_.find(group.id());
  if (durable == nullptr || !durable->metadata) return;
  for (const auto& stored : durable->metadata->members) {
    Member* member = group.find(stored.member_id);
    if (member == nullptr || !member->awaits_sync()) continue;
    group.answer_sync(*member, synced_response(group, &stored.assignment), environment_.outbox);
    // Its session may have ended while it waited, and that was ignored.
    restart_session(group, *member);
  }
}

void GroupCoordinator::fail_syncs(Group& group, ErrorCode error) {
  for (const auto& [id, member] : group.members()) {
    if (!member->awaits_sync()) continue;
    group.answer_sync(*member, refused_sync(error), environment_.outbox);
    restart_session(group, *member);
  }
}

}  // namespace kreel::coordinator
