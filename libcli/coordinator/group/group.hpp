#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/reply.hpp"
#include "coordinator/timer.hpp"
#include "protocol/messages/join_group.hpp"
#include "protocol/messages/sync_group.hpp"

namespace kreel::coordinator {

/// Kafka's states of a classic group; "Dead" is a group that does not exist.
enum class GroupState { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable };
/// "PreparingRebalance": as DescribeGroups and ListGroups tell it.
std::string_view to_string(GroupState state);

using MemberProtocol = protocol::JoinGroupRequest::JoinGroupRequestProtocol;

/// The assignment protocol type of consumers, whose metadata the coordinator can read.
inline constexpr std::string_view kConsumerProtocolType = "consumer";

struct Member {
  Member(Executor& executor, const Clock& clock) : session(executor, clock) {}

  std::string id;
  std::optional<std::string> instance_id;  ///< set: a static member (KIP-345)
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = 0;
  std::int32_t session_timeout_ms = 0;
  std::vector<MemberProtocol> protocols;  ///< in the member's order of preference

  /// Joined for the first time and has not heard of its id yet, so it cannot send heartbeats.
  bool is_new = false;
  /// Got its JoinGroup reply for this generation and has not sent SyncGroup.
  bool owes_sync = false;
  Reply<protocol::JoinGroupResponse> join_reply;  ///< parked JoinGroup
  Reply<protocol::SyncGroupResponse> sync_reply;  ///< parked SyncGroup
  Timer session;

  bool awaits_join() const { return join_reply != nullptr; }
  bool awaits_sync() const { return sync_reply != nullptr; }
  /// Null when the member does not support the protocol.
  const Bytes* metadata(std::string_view protocol) const;
  std::size_t metadata_bytes() const;
};

/// A classic group that has members, or member ids handed out. What it is between two generations
/// is in memory alone; what survives is in DurableState.
class Group {
 public:
  using Members = std::map<std::string, std::unique_ptr<Member>, std::less<>>;

  /// `metadata_bytes_total` is kept up to date with the metadata of the members.
  Group(std::string id, std::size_t& metadata_bytes_total, Executor& executor, const Clock& clock);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  bool is(GroupState state) const { return state_ == state; }
  void set_state(GroupState state) { state_ = state; }

  const Members& members() const { return members_; }
  Member* find(std::string_view member_id);
  const Member* find(std::string_view member_id) const;
  /// The id of the static member with this instance id; null when there is none.
  const std::string* static_member(std::string_view instance_id) const;
  bool is_leader(std::string_view member_id) const { return leader == member_id; }

  Member& add(std::unique_ptr<Member> member);
  /// Also from the pending ids; another member becomes leader. The caller has answered what the
  /// member had parked.
  void remove(std::string member_id);
  void set_protocols(Member& member, std::vector<MemberProtocol> protocols);
  /// The member under a new id, as KIP-345 replaces a restarted static member.
  Member& rename(Member& member, std::string new_id);

  /// Whether a member with these protocols can join those that are there.
  bool supports(std::string_view type, const std::vector<MemberProtocol>& protocols) const;
  /// Each member votes for the first of its protocols that all support; the most votes win, the
  /// leader's preference decides between equals. Only with members.
  std::string vote() const;

  void park_join(Member& member, Reply<protocol::JoinGroupResponse> reply, Outbox& outbox);
  void answer_join(Member& member, protocol::JoinGroupResponse response, Outbox& outbox);
  void park_sync(Member& member, Reply<protocol::SyncGroupResponse> reply, Outbox& outbox);
  void answer_sync(Member& member, protocol::SyncGroupResponse response, Outbox& outbox);
  std::size_t members_awaiting_join() const { return awaiting_join_; }

  bool all_members_joined() const {
    return awaiting_join_ == members_.size() && pending_members.empty();
  }
  /// A joined member becomes leader if the leader has not come back; false when none has joined.
  bool elect_joined_leader();
  std::int32_t rebalance_timeout_ms() const;
  std::size_t metadata_bytes() const { return metadata_bytes_; }
  /// Topics that the members subscribe to; nullopt when the metadata of one cannot be read. Only
  /// for groups of type "consumer".
  std::optional<std::set<std::string>> subscribed_topics() const;
  bool is_consumer_group() const { return protocol_type == kConsumerProtocolType; }

  std::int32_t generation = 0;
  std::string protocol_type;
  std::string protocol_name;  ///< chosen for this generation; "" for none
  std::string leader;         ///< member id; "" for none

  /// Ids handed out with MEMBER_ID_REQUIRED and not used yet, each with its session timeout.
  std::map<std::string, std::unique_ptr<Timer>, std::less<>> pending_members;

  // The first rebalance of an empty group (see rebalance.cpp).
  bool initial_rebalance = false;
  bool joined_since_timer = false;
  std::int64_t settle_began_ms = 0;
  std::int64_t last_join_ms = 0;
  std::int64_t initial_remaining_ms = 0;

  Timer join_timer;  ///< end of PreparingRebalance
  Timer sync_timer;  ///< members that owe a SyncGroup are dropped
  /// Counts what was written of assignments, so that only the newest becomes the group's.
  std::uint64_t assignment_writes = 0;

 private:
  void count_protocols(const Member& member, int by);

  std::string id_;
  GroupState state_ = GroupState::kEmpty;
  Members members_;
  std::map<std::string, std::string, std::less<>> static_members_;
  std::map<std::string, int, std::less<>> supporters_;
  std::size_t awaiting_join_ = 0;
  std::size_t metadata_bytes_ = 0;
  std::size_t& metadata_bytes_total_;
};

}  // namespace kreel::coordinator
