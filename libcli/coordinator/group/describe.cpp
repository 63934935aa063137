#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/text.hpp"
#include "coordinator/group/coordinator.hpp"

// DescribeGroups, ListGroups, DeleteGroups.

namespace kreel::coordinator {

using protocol::ErrorCode;
using DescribedGroup = protocol::DescribeGroupsResponse::DescribedGroup;
using ListedGroup = protocol::ListGroupsResponse::ListedGroup;
using DeletedGroup = protocol::DeleteGroupsResponse::DeletableGroupResult;

namespace {

/// Before, an unknown group is one that is "Dead" (KIP-1043).
constexpr protocol::Version kDescribeGroupIdNotFoundFrom = 6;
constexpr std::string_view kGroupType = "classic";

bool contains_ignoring_case(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& candidate) {
    return equals_ignore_case(candidate, name);
  });
}

DescribedGroup described(const Group* group, const DurableGroup* durable) {
  DescribedGroup result;
  result.group_state = to_string(group == nullptr ? GroupState::kEmpty : group->state());
  if (durable != nullptr && durable->metadata) {
    result.protocol_type = durable->metadata->protocol_type;
  }
  if (group == nullptr) return result;
  const bool is_stable = group->is(GroupState::kStable);
  result.protocol_type = group->protocol_type;
  if (is_stable) result.protocol_data = group->protocol_name;
  std::unordered_map<std::string_view, const Bytes*> assignments;
  if (durable != nullptr && durable->metadata) {
    for (const auto& stored : durable->metadata->members) {
      assignments[stored.member_id] = &stored.assignment;
    }
  }
  for (const auto& [id, member] : group->members()) {
    auto& told = result.members.emplace_back();
    told.member_id = id;
    told.group_instance_id = member->instance_id;
    told.client_id = member->client_id;
    told.client_host = member->client_host;
    const Bytes* metadata = is_stable ? member->metadata(group->protocol_name) : nullptr;
    if (metadata != nullptr) told.member_metadata = *metadata;
    if (const auto found = assignments.find(id); found != assignments.end()) {
      told.member_assignment = *found->second;
    }
  }
  return result;
}

}  // namespace

void GroupCoordinator::describe(const std::string& group_id, protocol::Version version,
                                Reply<DescribedGroup> reply) {
  DescribedGroup result;
  if (exists(group_id)) {
    result = described(find(group_id), durable_.find(group_id));
  } else {
    result.group_state = "Dead";
    if (version >= kDescribeGroupIdNotFoundFrom) {
      result.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
      result.error_message = fmt::format("Group {} not found.", group_id);
    }
  }
  result.group_id = group_id;
  runtime_.after_durable(
      [this, reply = std::move(reply), result = std::move(result)](ErrorCode error) mutable {
        if (error != ErrorCode::NONE) {
          DescribedGroup failed;
          failed.group_id = std::move(result.group_id);
          failed.error_code = error;
          result = std::move(failed);
        }
        environment_.outbox.send(reply, std::move(result));
      });
}

std::vector<ListedGroup> GroupCoordinator::list(const protocol::ListGroupsRequest& request) const {
  std::set<std::string_view> ids;
  for (const auto& [id, group] : durable_.groups()) ids.insert(id);
  for (const auto& [id, group] : groups_) ids.insert(id);
  std::vector<ListedGroup> listed;
  for (const std::string_view id : ids) {
    const Group* group = find_live(id);
    const DurableGroup* durable = durable_.find(id);
    ListedGroup told;
    told.group_id = id;
    told.group_state = to_string(group == nullptr ? GroupState::kEmpty : group->state());
    told.group_type = kGroupType;
    if (group != nullptr) {
      told.protocol_type = group->protocol_type;
    } else if (durable != nullptr && durable->metadata) {
      told.protocol_type = durable->metadata->protocol_type;
    }
    const bool is_wanted = (request.states_filter.empty() ||
                            contains_ignoring_case(request.states_filter, told.group_state)) &&
                           (request.types_filter.empty() ||
                            contains_ignoring_case(request.types_filter, told.group_type));
    if (is_wanted) listed.push_back(std::move(told));
  }
  return listed;
}

void GroupCoordinator::delete_group(const std::string& group_id, Reply<DeletedGroup> reply) {
  DeletedGroup result;
  result.group_id = group_id;
  const Group* group = find(group_id);
  std::vector<Record> records;
  if (!exists(group_id)) {
    result.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
  } else if (group != nullptr && !group->is(GroupState::kEmpty)) {
    result.error_code = ErrorCode::NON_EMPTY_GROUP;
  } else {
    groups_.erase(group_id);
    if (const DurableGroup* durable = durable_.find(group_id)) {
      for (const auto& [topic, partitions] : durable->offsets) {
        for (const auto& [partition, committed] : partitions) {
          records.push_back(offset_tombstone({group_id, topic, partition}));
        }
      }
      if (durable->metadata) records.push_back(group_tombstone(group_id));
    }
    // Else they would bring the group back when their transaction commits.
    durable_.for_each_pending([&](const OffsetKey& key) {
      if (key.group_id == group_id) records.push_back(offset_tombstone(key));
    });
  }
  runtime_.write(std::move(records), [this, reply = std::move(reply),
                                      result = std::move(result)](ErrorCode error) mutable {
    if (result.error_code == ErrorCode::NONE) result.error_code = error;
    environment_.outbox.send(reply, std::move(result));
  });
}

}  // namespace kreel::coordinator
