#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/group/records.hpp"

namespace kreel::coordinator {

/// What the log says of one group.
struct DurableGroup {
  using PartitionOffsets = std::map<PartitionId, CommittedOffset>;

  /// The last generation that was written; absent when the group only stores offsets.
  std::optional<protocol::GroupMetadataValue> metadata;
  std::map<std::string, PartitionOffsets, std::less<>> offsets;

  const CommittedOffset* find_offset(std::string_view topic, PartitionId partition) const;
  bool is_gone() const { return !metadata && offsets.empty(); }
  bool operator==(const DurableGroup&) const = default;
};

/// The groups of one partition of __consumer_offsets as its records say: changed by replay alone.
class DurableState {
 public:
  using Groups = std::map<std::string, DurableGroup, std::less<>>;

  void replay(const StateMachine::Replayed& record);
  /// Offsets that a producer committed in its transaction count from here on, or are forgotten.
  void replay_transaction_end(ProducerId producer_id, bool committed);

  const Groups& groups() const { return groups_; }
  const DurableGroup* find(std::string_view group_id) const;
  /// Whether a transaction that is still open has committed an offset here.
  bool has_pending_offset(const OffsetKey& key) const;
  bool has_pending_offsets(std::string_view group_id) const;
  /// Every offset of a transaction that is still open.
  void for_each_pending(const std::function<void(const OffsetKey&)>& visit) const;

  bool operator==(const DurableState&) const = default;

 private:
  /// Offsets of one open transaction, by group.
  using PendingGroup = std::map<std::string, DurableGroup::PartitionOffsets, std::less<>>;
  using Pending = std::map<std::string, PendingGroup, std::less<>>;

  void replay_offset(const StateMachine::Replayed& replayed, OffsetRecord record);
  void replay_group(GroupRecord record);
  void remove_offset(const protocol::OffsetCommitKey& key);

  Groups groups_;
  std::map<ProducerId, Pending> pending_;
};

}  // namespace kreel::coordinator
