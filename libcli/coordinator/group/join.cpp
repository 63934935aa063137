#include <algorithm>
#include <utility>

#include "base/uuid.hpp"
#include "coordinator/group/coordinator.hpp"
#include "coordinator/limits.hpp"

// JoinGroup: who may enter, under which id, and whether that starts a rebalance.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::JoinGroupRequest;
using protocol::JoinGroupResponse;

namespace {

/// From v4 on a dynamic member has to come back with an id (KIP-394): a client that gives up and
/// joins again would otherwise leave a dead member behind each time.
constexpr protocol::Version kMemberIdRequiredFrom = 4;

std::size_t metadata_bytes(const JoinGroupRequest& request) {
  std::size_t bytes = 0;
  for (const MemberProtocol& known : request.protocols) {
    bytes += known.name.size() + known.metadata.size();
  }
  return bytes;
}

/// v0 has no rebalance timeout: the session's serves for both.
std::int32_t rebalance_timeout_of(const JoinGroupRequest& request) {
  return request.rebalance_timeout_ms < 0 ? request.session_timeout_ms
                                          : request.rebalance_timeout_ms;
}

}  // namespace

void GroupCoordinator::join(JoinRequest request, const GroupContext& context, JoinReply reply) {
  const std::string group_id = request.group_id;
  const bool unknown_member = request.member_id.empty();
  if (!unknown_member && !exists(group_id)) {
    return refuse(std::move(reply), request.member_id, ErrorCode::UNKNOWN_MEMBER_ID);
  }
  if (!exists(group_id) && group_count() >= kGroupsPerPartitionMax) {
    return refuse(std::move(reply), "", ErrorCode::GROUP_MAX_SIZE_REACHED);
  }
  Group& group = find_or_create(group_id);
  const ErrorCode limit = join_limits(group, request);
  if (limit != ErrorCode::NONE) {
    refuse(std::move(reply), request.member_id, limit);
  } else if (!accepts(group, request.member_id)) {
    if (Member* member = group.find(request.member_id)) {
      remove_member(group, *member);
      complete_join_if_all_joined(group);
    }
    refuse(std::move(reply), "", ErrorCode::GROUP_MAX_SIZE_REACHED);
  } else if (!group.supports(request.protocol_type, request.protocols)) {
    refuse(std::move(reply), request.member_id, ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  } else if (unknown_member) {
    join_new_member(group, std::move(request), context, std::move(reply));
  } else {
    join_known_member(group, std::move(request), context, std::move(reply));
  }
  drop_if_unused(group_id);
}

ErrorCode GroupCoordinator::join_limits(const Group& group, const JoinRequest& request) const {
  const std::size_t bytes = metadata_bytes(request);
  if (request.protocols.size() > kProtocolsPerMemberMax || bytes > kMetadataBytesPerMemberMax) {
    return ErrorCode::INVALID_REQUEST;
  }
  const Member* member = group.find(request.member_id);
  const std::size_t replaced = member == nullptr ? 0 : member->metadata_bytes();
  if (group.metadata_bytes() - replaced + bytes > kMetadataBytesPerGroupMax ||
      metadata_bytes_ - replaced + bytes > kMetadataBytesPerPartitionMax) {
    return ErrorCode::GROUP_MAX_SIZE_REACHED;
  }
  return ErrorCode::NONE;
}

bool GroupCoordinator::accepts(const Group& group, std::string_view member_id) const {
  const std::size_t max_size =
      std::min(static_cast<std::size_t>(std::max(environment_.config.group_max_size, 1)),
               kMembersPerGroupMax);
  const Member* member = group.find(member_id);
  switch (group.state()) {
    case GroupState::kEmpty:
      return true;
    case GroupState::kPreparingRebalance:
      // Those that joined are counted, so that in a group that is too large the last to come back
      // are turned away.
      return (member != nullptr && member->awaits_join()) ||
             group.members_awaiting_join() < max_size;
    case GroupState::kCompletingRebalance:
    case GroupState::kStable:
      return member != nullptr || group.members().size() < max_size;
  }
  return false;
}

void GroupCoordinator::join_new_member(Group& group, JoinRequest request,
                                       const GroupContext& context, JoinReply reply) {
  const std::string& prefix =
      request.group_instance_id ? *request.group_instance_id : context.client_id;
  const std::string member_id = prefix + "-" + Uuid::random(environment_.random).to_dashed_string();
  if (request.group_instance_id) {
    if (const std::string* current = group.static_member(*request.group_instance_id)) {
      return replace_static_member(group, *group.find(*current), std::move(request), context,
                                   member_id, std::move(reply));
    }
  } else if (context.version >= kMemberIdRequiredFrom) {
    return hand_out_member_id(group, request, member_id, std::move(reply));
  }
  add_member(group, std::move(request), context, member_id, std::move(reply));
}

void GroupCoordinator::hand_out_member_id(Group& group, const JoinRequest& request,
                                          const std::string& member_id, JoinReply reply) {
  if (group.pending_members.size() >= kPendingMembersPerGroupMax) {
    return refuse(std::move(reply), "", ErrorCode::GROUP_MAX_SIZE_REACHED);
  }
  auto expiry = std::make_unique<Timer>(environment_.executor, environment_.clock);
  expiry->set(request.session_timeout_ms, on_group(group.id(), [this, member_id](Group& on) {
                pending_id_expired(on, member_id);
              }));
  group.pending_members.emplace(member_id, std::move(expiry));
  if (group.initial_rebalance) group.last_join_ms = environment_.clock.monotonic_ms();
  refuse(std::move(reply), member_id, ErrorCode::MEMBER_ID_REQUIRED);
}

void GroupCoordinator::join_known_member(Group& group, JoinRequest request,
                                         const GroupContext& context, JoinReply reply) {
  const std::string member_id = request.member_id;
  if (group.pending_members.contains(member_id) && !request.group_instance_id) {
    return add_member(group, std::move(request), context, member_id, std::move(reply));
  }
  const ErrorCode error = check_member(group, member_id, request.group_instance_id);
  if (error != ErrorCode::NONE) return refuse(std::move(reply), member_id, error);
  Member& member = *group.find(member_id);
  const bool unchanged = member.protocols == request.protocols;
  switch (group.state()) {
    case GroupState::kPreparingRebalance:
      return rejoin(group, member, std::move(request), std::move(reply));
    case GroupState::kCompletingRebalance:
      // Its reply may have been lost: the same again.
      if (!unchanged) return rejoin(group, member, std::move(request), std::move(reply));
      return environment_.outbox.send(reply, joined(group, member));
    case GroupState::kStable: {
      // The leader asks for an assignment anew, without having to change its metadata: that is how
      // it reacts to new partitions.
      if (group.is_leader(member_id) || !unchanged) {
        return rejoin(group, member, std::move(request), std::move(reply));
      }
      return environment_.outbox.send(reply, joined(group, member));
    }
    case GroupState::kEmpty:
      return refuse(std::move(reply), member_id, ErrorCode::UNKNOWN_MEMBER_ID);
  }
}

void GroupCoordinator::add_member(Group& group, JoinRequest request, const GroupContext& context,
                                  const std::string& member_id, JoinReply reply) {
  auto added = std::make_unique<Member>(environment_.executor, environment_.clock);
  added->id = member_id;
  added->instance_id = request.group_instance_id;
  added->client_id = context.client_id;
  added->client_host = context.client_host;
  added->session_timeout_ms = request.session_timeout_ms;
  added->rebalance_timeout_ms = rebalance_timeout_of(request);
  added->protocols = std::move(request.protocols);
  added->is_new = true;
  if (group.members().empty()) group.protocol_type = request.protocol_type;
  Member& member = group.add(std::move(added));
  group.park_join(member, std::move(reply), environment_.outbox);
  note_initial_join(group);
  // It has no id yet, so it cannot send heartbeats, and a connection with a parked request does not
  // show that its client is gone: a limit of its own, after which the client has to ask again.
  restart_session(group, member, environment_.config.new_member_join_timeout_ms);
  rebalance_or_complete_join(group);
}

void GroupCoordinator::rejoin(Group& group, Member& member, JoinRequest request, JoinReply reply) {
  group.set_protocols(member, std::move(request.protocols));
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms = rebalance_timeout_of(request);
  group.park_join(member, std::move(reply), environment_.outbox);
  rebalance_or_complete_join(group);
}

JoinGroupResponse GroupCoordinator::joined(const Group& group, const Member& member) {
  JoinGroupResponse response;
  response.generation_id = group.generation;
  response.protocol_type = group.protocol_type;
  response.protocol_name = group.protocol_name;
  response.leader = group.leader;
  response.member_id = member.id;
  if (!group.is_leader(member.id)) return response;
  for (const auto& [id, other] : group.members()) {
    auto& told = response.members.emplace_back();
    told.member_id = id;
    told.group_instance_id = other->instance_id;
    if (const Bytes* metadata = other->metadata(group.protocol_name)) told.metadata = *metadata;
  }
  return response;
}

void GroupCoordinator::refuse(JoinReply reply, std::string member_id, ErrorCode error) {
  JoinGroupResponse response;
  response.error_code = error;
  response.member_id = std::move(member_id);
  environment_.outbox.send(reply, std::move(response));
}

}  // namespace kreel::coordinator
