#include "coordinator/group/coordinator.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::GroupMetadataValue;

GroupCoordinator::GroupCoordinator(PartitionId partition, const Environment& environment)
    : environment_(environment),
      runtime_(partition,
               {environment.executor, environment.clock, environment.writer, environment.outbox},
               *this) {}

Group* GroupCoordinator::find(std::string_view group_id) {
  const auto found = groups_.find(group_id);
  return found == groups_.end() ? nullptr : found->second.get();
}

const Group* GroupCoordinator::find_live(std::string_view group_id) const {
  const auto found = groups_.find(group_id);
  return found == groups_.end() ? nullptr : found->second.get();
}

bool GroupCoordinator::exists(std::string_view group_id) const {
  return find_live(group_id) != nullptr || durable_.find(group_id) != nullptr ||
         durable_.has_pending_offsets(group_id);
}

std::size_t GroupCoordinator::group_count() const {
  return std::max(groups_.size(), durable_.groups().size());
}

Group& GroupCoordinator::find_or_create(const std::string& group_id) {
  auto& group = groups_[group_id];
  if (group) return *group;
  group =
      std::make_unique<Group>(group_id, metadata_bytes_, environment_.executor, environment_.clock);
  const DurableGroup* durable = durable_.find(group_id);
  if (durable != nullptr && durable->metadata) {
    group->generation = durable->metadata->generation;
    group->protocol_type = durable->metadata->protocol_type;
  }
  return *group;
}

void GroupCoordinator::drop_if_unused(const std::string& group_id) {
  const auto found = groups_.find(group_id);
  if (found == groups_.end()) return;
  if (is_unused(*found->second)) groups_.erase(found);
}

bool GroupCoordinator::is_unused(const Group& group) {
  return group.is(GroupState::kEmpty) && group.members().empty() && group.pending_members.empty();
}

ErrorCode GroupCoordinator::check_member(const Group& group, std::string_view member_id,
                                         const std::optional<std::string>& instance_id) {
  if (instance_id) {
    const std::string* current = group.static_member(*instance_id);
    if (current == nullptr) return ErrorCode::UNKNOWN_MEMBER_ID;
    if (*current != member_id) return ErrorCode::FENCED_INSTANCE_ID;
  }
  return group.find(member_id) == nullptr ? ErrorCode::UNKNOWN_MEMBER_ID : ErrorCode::NONE;
}

std::function<void()> GroupCoordinator::on_group(const std::string& group_id,
                                                 std::function<void(Group&)> task) {
  return [this, group_id, task = std::move(task)] {
    const Outbox::Step step(environment_.outbox);
    if (Group* group = find(group_id)) task(*group);
    drop_if_unused(group_id);
  };
}

GroupMetadataValue GroupCoordinator::metadata_of(const Group& group) const {
  GroupMetadataValue value;
  value.protocol_type = group.protocol_type;
  value.generation = group.generation;
  value.protocol = std::nullopt;
  value.leader = std::nullopt;
  value.current_state_timestamp = environment_.clock.wall_ms();
  if (group.members().empty()) return value;
  value.protocol = group.protocol_name;
  value.leader = group.leader;
  for (const auto& [id, member] : group.members()) {
    const Bytes* subscription = member->metadata(group.protocol_name);
    auto& written = value.members.emplace_back();
    written.member_id = id;
    written.group_instance_id = member->instance_id;
    written.client_id = member->client_id;
    written.client_host = member->client_host;
    written.rebalance_timeout = member->rebalance_timeout_ms;
    written.session_timeout = member->session_timeout_ms;
    if (subscription != nullptr) written.subscription = *subscription;
  }
  return value;
}

const Bytes* GroupCoordinator::assignment_of(const DurableGroup* durable,
                                             std::string_view member_id) {
  if (durable == nullptr || !durable->metadata) return nullptr;
  for (const auto& member : durable->metadata->members) {
    if (member.member_id == member_id) return &member.assignment;
  }
  return nullptr;
}

void GroupCoordinator::loaded() {
  for (const auto& [group_id, durable] : durable_.groups()) {
    if (!durable.metadata || durable.metadata->members.empty()) continue;
    const GroupMetadataValue& metadata = *durable.metadata;
    Group& group = find_or_create(group_id);
    group.protocol_name = metadata.protocol.value_or("");
    for (const auto& written : metadata.members) {
      const bool repeats =
          written.group_instance_id && group.static_member(*written.group_instance_id) != nullptr;
      if (group.find(written.member_id) != nullptr || repeats) continue;
      auto member = std::make_unique<Member>(environment_.executor, environment_.clock);
      member->id = written.member_id;
      member->instance_id = written.group_instance_id;
      member->client_id = written.client_id;
      member->client_host = written.client_host;
      member->session_timeout_ms = written.session_timeout;
      member->rebalance_timeout_ms =
          written.rebalance_timeout < 0 ? written.session_timeout : written.rebalance_timeout;
      member->protocols = {{group.protocol_name, written.subscription}};
      restart_session(group, group.add(std::move(member)));
    }
    const std::string leader = metadata.leader.value_or("");
    if (group.find(leader) != nullptr) group.leader = leader;
    group.set_state(GroupState::kStable);
    // group.max.size was lowered: the members that rejoin last are refused.
    const auto max_size = static_cast<std::size_t>(environment_.config.group_max_size);
    if (group.members().size() > max_size) prepare_rebalance(group);
  }
  if (!topics_to_forget_.empty()) {
    topics_deleted(std::exchange(topics_to_forget_, {}), [] {});
  }
}

void GroupCoordinator::clear() {
  life_ = std::make_shared<int>(0);
  in_question_.clear();
  auto groups = std::exchange(groups_, {});
  durable_ = {};
  for (auto& [group_id, group] : groups) {
    for (const auto& [member_id, member] : group->members()) {
      protocol::JoinGroupResponse join;
      join.member_id = member_id;
      join.error_code = ErrorCode::NOT_COORDINATOR;
      group->answer_join(*member, std::move(join), environment_.outbox);
      protocol::SyncGroupResponse sync;
      sync.error_code = ErrorCode::NOT_COORDINATOR;
      group->answer_sync(*member, std::move(sync), environment_.outbox);
    }
  }
}

}  // namespace kreel::coordinator
