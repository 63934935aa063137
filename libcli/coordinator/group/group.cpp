#include "coordinator/group/group.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::JoinGroupResponse;
using protocol::SyncGroupResponse;

std::string_view to_string(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparingRebalance:
      return "PreparingRebalance";
    case GroupState::kCompletingRebalance:
      return "CompletingRebalance";
    case GroupState::kStable:
      return "Stable";
  }
  return "Dead";
}

const Bytes* Member::metadata(std::string_view protocol) const {
  for (const MemberProtocol& known : protocols) {
    if (known.name == protocol) return &known.metadata;
  }
  return nullptr;
}

std::size_t Member::metadata_bytes() const {
  std::size_t bytes = 0;
  for (const MemberProtocol& known : protocols) bytes += known.name.size() + known.metadata.size();
  return bytes;
}

Group::Group(std::string id, std::size_t& metadata_bytes_total, Executor& executor,
             const Clock& clock)
    : join_timer(executor, clock),
      sync_timer(executor, clock),
      id_(std::move(id)),
      metadata_bytes_total_(metadata_bytes_total) {}

Group::~Group() {
  metadata_bytes_total_ -= metadata_bytes_;
}

Member* Group::find(std::string_view member_id) {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : found->second.get();
}

const Member* Group::find(std::string_view member_id) const {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : found->second.get();
}

const std::string* Group::static_member(std::string_view instance_id) const {
  const auto found = static_members_.find(instance_id);
  return found == static_members_.end() ? nullptr : &found->second;
}

Member& Group::add(std::unique_ptr<Member> added) {
  Member& member = *added;
  KREEL_ASSERT(find(member.id) == nullptr, "a member joins its group once");
  if (members_.empty()) leader.clear();
  if (leader.empty()) leader = member.id;
  if (member.instance_id) static_members_[*member.instance_id] = member.id;
  pending_members.erase(member.id);
  count_protocols(member, 1);
  members_.emplace(member.id, std::move(added));
  return member;
}

void Group::remove(std::string member_id) {
  if (const auto pending = pending_members.find(member_id); pending != pending_members.end()) {
    pending_members.erase(pending);
  }
  const auto found = members_.find(member_id);
  if (found == members_.end()) return;
  const Member& member = *found->second;
  KREEL_ASSERT(!member.awaits_join() && !member.awaits_sync(), "a removed member was answered");
  count_protocols(member, -1);
  if (member.instance_id) static_members_.erase(*member.instance_id);
  const bool was_leader = is_leader(member.id);
  members_.erase(found);
  if (was_leader) leader = members_.empty() ? std::string() : members_.begin()->first;
}

void Group::set_protocols(Member& member, std::vector<MemberProtocol> protocols) {
  count_protocols(member, -1);
  member.protocols = std::move(protocols);
  count_protocols(member, 1);
}

Member& Group::rename(Member& member, std::string new_id) {
  auto node = members_.extract(member.id);
  if (is_leader(member.id)) leader = new_id;
  if (member.instance_id) static_members_[*member.instance_id] = new_id;
  node.key() = new_id;
  member.id = std::move(new_id);
  members_.insert(std::move(node));
  return member;
}

void Group::count_protocols(const Member& member, int by) {
  std::set<std::string_view> names;  // a member that names one twice counts once
  for (const MemberProtocol& known : member.protocols) {
    if (!names.insert(known.name).second) continue;
    const auto found = supporters_.try_emplace(known.name, 0).first;
    found->second += by;
    if (found->second == 0) supporters_.erase(found);
  }
  const std::size_t bytes = member.metadata_bytes();
  metadata_bytes_ += by > 0 ? bytes : -bytes;
  metadata_bytes_total_ += by > 0 ? bytes : -bytes;
}

bool Group::supports(std::string_view type, const std::vector<MemberProtocol>& protocols) const {
  if (type.empty() || protocols.empty()) return false;
  if (members_.empty()) return true;
  if (type != protocol_type) return false;
  return std::any_of(protocols.begin(), protocols.end(), [&](const MemberProtocol& known) {
    const auto found = supporters_.find(known.name);
    return found != supporters_.end() && static_cast<std::size_t>(found->second) == members_.size();
  });
}

std::string Group::vote() const {
  const auto is_candidate = [&](const MemberProtocol& known) {
    const auto found = supporters_.find(known.name);
    return found != supporters_.end() && static_cast<std::size_t>(found->second) == members_.size();
  };
  std::map<std::string_view, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    const auto first =
        std::find_if(member->protocols.begin(), member->protocols.end(), is_candidate);
    if (first != member->protocols.end()) ++votes[first->name];
  }
  const Member* judge = find(leader);
  KREEL_ASSERT(judge != nullptr, "a group with members has a leader");
  std::string_view best;
  std::size_t most = 0;
  for (const MemberProtocol& known : judge->protocols) {
    const auto counted = votes.find(known.name);
    if (counted == votes.end() || counted->second <= most) continue;
    best = known.name;
    most = counted->second;
  }
  return std::string(best);
}

void Group::park_join(Member& member, Reply<JoinGroupResponse> reply, Outbox& outbox) {
  if (member.awaits_join()) {
    // The client gave the earlier request up and asks again, on another connection.
    JoinGroupResponse superseded;
    superseded.member_id = member.id;
    superseded.error_code = ErrorCode::REBALANCE_IN_PROGRESS;
    answer_join(member, std::move(superseded), outbox);
  }
  member.join_reply = std::move(reply);
  ++awaiting_join_;
}

void Group::answer_join(Member& member, JoinGroupResponse response, Outbox& outbox) {
  if (!member.awaits_join()) return;
  outbox.send(member.join_reply, std::move(response));
  --awaiting_join_;
}

void Group::park_sync(Member& member, Reply<SyncGroupResponse> reply, Outbox& outbox) {
  SyncGroupResponse superseded;
  superseded.error_code = ErrorCode::REBALANCE_IN_PROGRESS;
  answer_sync(member, std::move(superseded), outbox);
  member.sync_reply = std::move(reply);
}

void Group::answer_sync(Member& member, SyncGroupResponse response, Outbox& outbox) {
  if (member.awaits_sync()) outbox.send(member.sync_reply, std::move(response));
}

bool Group::elect_joined_leader() {
  const Member* current = find(leader);
  if (current == nullptr) return false;
  if (current->awaits_join()) return true;
  for (const auto& [id, member] : members_) {
    if (!member->awaits_join()) continue;
    leader = id;
    return true;
  }
  return false;
}

std::int32_t Group::rebalance_timeout_ms() const {
  std::int32_t longest = 0;
  for (const auto& [id, member] : members_) {
    longest = std::max(longest, member->rebalance_timeout_ms);
  }
  return longest;
}

}  // namespace kreel::coordinator
