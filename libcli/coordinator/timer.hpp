#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.hpp"
#include "base/executor.hpp"

namespace kreel::coordinator {

/// A deadline by which clients have to do something, on the shard's executor. Heartbeats move it
/// far more often than it passes, so moving it later is a store; the executor's timer catches up
/// when it fires.
///
/// A machine that slept or a process that was stopped (SIGSTOP) wakes to find deadlines in the
/// past, although the clients had no chance. Such a timer notices that the executor runs it late
/// and gives a few seconds more, once: members that live send their heartbeat in them, those that
/// do not are expelled. What has waited in a socket may be of any age, and its sender may have
/// given up this member since and joined as another: right after waking, it gives no more than that
/// either. Kafka expels all whose time was over, live or not, and lets them rejoin.
class Timer {
 public:
  /// The executor ran a timer this much too late: the machine was not running.
  static constexpr std::int64_t kSuspendedAfterMs = 1'000;
  /// What clients get then: more than the 3 s between two heartbeats that all of them default to.
  static constexpr std::int64_t kGraceMs = 5'000;
  /// How long after waking something may have come from before.
  static constexpr std::int64_t kBacklogMs = 1'000;

  Timer(Executor& executor, const Clock& clock) : executor_(executor), clock_(clock) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Runs `task` once, `delay_ms` from now, instead of what was set before. The task may destroy
  /// the timer.
  void set(std::int64_t delay_ms, std::function<void()> task);
  void cancel();
  bool is_set() const { return task_ != nullptr; }

 private:
  void arm();
  void fired();
  bool is_late(std::int64_t now_ms) const { return now_ms - armed_for_ms_ >= kSuspendedAfterMs; }

  Executor& executor_;
  const Clock& clock_;
  std::function<void()> task_;
  std::int64_t interval_ms_ = 0;
  std::int64_t deadline_ms_ = 0;
  bool extended_ = false;
  std::int64_t backlog_until_ms_ = 0;  ///< the deadline was over when the process woke
  Executor::TimerId armed_ = 0;
  std::int64_t armed_for_ms_ = 0;
};

}  // namespace kreel::coordinator
