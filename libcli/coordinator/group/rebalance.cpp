#include <algorithm>
#include <utility>

#include "coordinator/group/coordinator.hpp"

// From one generation to the next: PreparingRebalance until the members have joined, then
// CompletingRebalance until the leader's assignment is stored (sync.cpp).
//
// The first rebalance of an empty group knows no members to wait for. Kafka waits
// group.initial.rebalance.delay.ms, three seconds, and again while members keep coming. kreel's
// default is 0, which means that joins settle: the generation begins once nobody has joined for a
// while. That quiet time is kSettleMinMs at first, grows to half of how long joins have been coming
// and stays below kSettleMaxMs; it is kSettleMaxMs while an id was handed out (MEMBER_ID_REQUIRED)
// and its owner has not come back. So one consumer waits 3 ms, a hundred that start together share
// one generation instead of causing one rebalance each, and joins that never stop are let in after
// kSettleTotalMs, Kafka's own delay. A configured delay above 0 is Kafka's rule.

namespace kreel::coordinator {

using protocol::ErrorCode;

namespace {

constexpr std::int64_t kSettleMinMs = 3;
constexpr std::int64_t kSettleMaxMs = 50;
constexpr std::int64_t kSettleTotalMs = 3'000;

}  // namespace

void GroupCoordinator::rebalance_or_complete_join(Group& group) {
  if (group.is(GroupState::kPreparingRebalance)) {
    complete_join_if_all_joined(group);
  } else {
    prepare_rebalance(group);
  }
}

void GroupCoordinator::prepare_rebalance(Group& group) {
  if (group.is(GroupState::kCompletingRebalance)) {
    fail_syncs(group, ErrorCode::REBALANCE_IN_PROGRESS);
  }
  group.sync_timer.cancel();
  for (const auto& [id, member] : group.members()) member->owes_sync = false;
  if (group.is(GroupState::kEmpty)) return begin_initial_rebalance(group);
  group.set_state(GroupState::kPreparingRebalance);
  if (group.all_members_joined()) return complete_join(group);
  group.join_timer.set(group.rebalance_timeout_ms(),
                       on_group(group.id(), [this](Group& on) { complete_join(on); }));
}

void GroupCoordinator::begin_initial_rebalance(Group& group) {
  group.set_state(GroupState::kPreparingRebalance);
  group.initial_rebalance = true;
  group.joined_since_timer = false;
  group.settle_began_ms = group.last_join_ms = environment_.clock.monotonic_ms();
  const std::int64_t delay_ms = environment_.config.group_initial_rebalance_delay_ms;
  group.initial_remaining_ms =
      std::max<std::int64_t>(group.rebalance_timeout_ms() - std::max<std::int64_t>(delay_ms, 0), 0);
  group.join_timer.set(delay_ms > 0 ? delay_ms : kSettleMinMs,
                       on_group(group.id(), [this](Group& on) { initial_timer_fired(on); }));
}

void GroupCoordinator::note_initial_join(Group& group) {
  if (!group.initial_rebalance) return;
  group.joined_since_timer = true;
  group.last_join_ms = environment_.clock.monotonic_ms();
}

void GroupCoordinator::initial_timer_fired(Group& group) {
  const auto again_in = [&](std::int64_t delay_ms) {
    group.join_timer.set(delay_ms,
                         on_group(group.id(), [this](Group& on) { initial_timer_fired(on); }));
  };
  const std::int64_t delay_ms = environment_.config.group_initial_rebalance_delay_ms;
  if (delay_ms > 0) {
    if (!group.joined_since_timer || group.initial_remaining_ms == 0) return complete_join(group);
    group.joined_since_timer = false;
    const std::int64_t next_ms = std::min(delay_ms, group.initial_remaining_ms);
    group.initial_remaining_ms -= next_ms;
    return again_in(next_ms);
  }
  const std::int64_t now_ms = environment_.clock.monotonic_ms();
  const std::int64_t coming_ms = group.last_join_ms - group.settle_began_ms;
  const std::int64_t quiet_ms = group.pending_members.empty()
                                    ? std::clamp(coming_ms / 2, kSettleMinMs, kSettleMaxMs)
                                    : kSettleMaxMs;
  const std::int64_t until_ms = std::min(
      group.last_join_ms + quiet_ms,
      group.settle_began_ms + std::min<std::int64_t>(kSettleTotalMs, group.rebalance_timeout_ms()));
  if (now_ms >= until_ms) return complete_join(group);
  again_in(until_ms - now_ms);
}

void GroupCoordinator::complete_join_if_all_joined(Group& group) {
  if (!group.is(GroupState::kPreparingRebalance) || group.initial_rebalance) return;
  if (group.all_members_joined()) complete_join(group);
}

void GroupCoordinator::complete_join(Group& group) {
  if (!group.is(GroupState::kPreparingRebalance)) return;
  group.join_timer.cancel();
  // Static members keep their place until their session ends.
  std::vector<std::string> absent;
  for (const auto& [id, member] : group.members()) {
    if (!member->awaits_join() && !member->instance_id) absent.push_back(id);
  }
  for (const std::string& id : absent) group.remove(id);

  if (group.members().empty()) return become_empty(group);
  if (!group.elect_joined_leader()) {
    // Static members only, and none is back: nobody could assign.
    group.join_timer.set(group.rebalance_timeout_ms(),
                         on_group(group.id(), [this](Group& on) { complete_join(on); }));
    return;
  }
  group.initial_rebalance = false;
  ++group.generation;
  group.protocol_name = group.vote();
  begin_sync_phase(group);
}

void GroupCoordinator::become_empty(Group& group) {
  group.initial_rebalance = false;
  ++group.generation;
  group.protocol_name.clear();
  group.leader.clear();
  group.set_state(GroupState::kEmpty);
  // If this is lost, the last generation comes back after a restart and runs into its session
  // timeouts, so nobody waits for it.
  std::vector<Record> records;
  records.push_back(group_record(group.id(), metadata_of(group)));
  runtime_.write(std::move(records), [](ErrorCode) {});
}

void GroupCoordinator::begin_sync_phase(Group& group) {
  group.set_state(GroupState::kCompletingRebalance);
  for (const auto& [id, member] : group.members()) {
    member->owes_sync = true;
    group.answer_join(*member, joined(group, *member), environment_.outbox);
    member->is_new = false;
    restart_session(group, *member);
  }
  group.sync_timer.set(group.rebalance_timeout_ms(),
                       on_group(group.id(), [this](Group& on) { drop_members_that_owe_sync(on); }));
}

void GroupCoordinator::drop_members_that_owe_sync(Group& group) {
  const bool expects_sync =
      group.is(GroupState::kCompletingRebalance) || group.is(GroupState::kStable);
  if (!expects_sync) return;
  std::vector<std::string> silent;
  for (const auto& [id, member] : group.members()) {
    if (member->owes_sync) silent.push_back(id);
  }
  if (silent.empty()) return;
  for (const std::string& id : silent) {
    Member& member = *group.find(id);
    remove_member(group, member);
  }
  prepare_rebalance(group);
}

}  // namespace kreel::coordinator
