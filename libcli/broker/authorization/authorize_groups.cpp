#include <map>
#include <string>

#include "broker/authorization/authorize.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {

using protocol::ErrorCode;

bool authorize(Call<protocol::FindCoordinator>& call, RequestContext& context) {
  constexpr std::int8_t kGroupKeys = 0;
  constexpr std::int8_t kTransactionKeys = 1;
  constexpr protocol::Version kFirstFindWithKeys = 4;
  const std::int8_t type = call.request.key_type;
  if (type != kGroupKeys && type != kTransactionKeys) return true;  // the handler refuses it
  const AccessRule& rule = type == kGroupKeys ? rules::find_group : rules::find_transaction;
  if (context.version < kFirstFindWithKeys) return require(call, context, rule, call.request.key);
  return require_for_each(call, context, rule, &protocol::FindCoordinatorRequest::coordinator_keys,
                          &protocol::FindCoordinatorResponse::coordinators,
                          [&](const auto& key) { return context.access.may(rule, key); });
}

bool authorize(Call<protocol::JoinGroup>& call, RequestContext& context) {
  return require(call, context, rules::join_group, call.request.group_id);
}
bool authorize(Call<protocol::SyncGroup>& call, RequestContext& context) {
  return require(call, context, rules::sync_group, call.request.group_id);
}
bool authorize(Call<protocol::Heartbeat>& call, RequestContext& context) {
  return require(call, context, rules::heartbeat, call.request.group_id);
}
bool authorize(Call<protocol::LeaveGroup>& call, RequestContext& context) {
  return require(call, context, rules::leave_group, call.request.group_id);
}

bool authorize(Call<protocol::OffsetCommit>& call, RequestContext& context) {
  if (!require(call, context, rules::offset_commit_group, call.request.group_id)) return false;
  const auto snapshot = context.broker.catalog().snapshot();
  return require_for_each(
      call, context, rules::offset_commit, &protocol::OffsetCommitRequest::topics,
      &protocol::OffsetCommitResponse::topics, [&](const auto& topic) {
        const std::string* name = topic_name_of(topic.name, topic.topic_id, *snapshot);
        return name == nullptr || context.access.may(rules::offset_commit, *name);
      });
}

bool authorize(Call<protocol::OffsetDelete>& call, RequestContext& context) {
  if (!require(call, context, rules::offset_delete_group, call.request.group_id)) return false;
  const auto denied = take_denied(call.request.topics, [&](const auto& topic) {
    return context.access.may(rules::offset_delete, topic.name);
  });
  if (denied.empty()) return true;
  protocol::OffsetDeleteResponse refused;
  for (const auto& topic : denied) {
    auto& out = refused.topics.emplace_back();
    out.name = topic.name;
    for (const auto& partition : topic.partitions) {
      out.partitions.push_back(
          {.partition_index = partition.partition_index, .error_code = rules::offset_delete.error});
    }
  }
  return answer_beside(call, !call.request.topics.empty(), std::move(refused),
                       &protocol::OffsetDeleteResponse::topics);
}

bool authorize(Call<protocol::DescribeGroups>& call, RequestContext& context) {
  return require_for_each(
      call, context, rules::describe_groups, &protocol::DescribeGroupsRequest::groups,
      &protocol::DescribeGroupsResponse::groups,
      [&](const auto& group) { return context.access.may(rules::describe_groups, group); });
}

bool authorize(Call<protocol::ListGroups>& call, RequestContext& context) {
  if (context.access.may(rules::list_groups_any)) return true;
  call.before_reply([access = context.access.kept()](auto& response) {
    std::erase_if(response.groups, [&](const auto& group) {
      return !access.may(rules::list_groups, group.group_id);
    });
  });
  return true;
}

bool authorize(Call<protocol::DeleteGroups>& call, RequestContext& context) {
  return require_for_each(
      call, context, rules::delete_groups, &protocol::DeleteGroupsRequest::groups_names,
      &protocol::DeleteGroupsResponse::results,
      [&](const auto& group) { return context.access.may(rules::delete_groups, group); });
}

}  // namespace kreel::broker
