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
/// A machine that slept or a process that was stopped (SIGSTOP) wakes to find every deadline in the
/// past, although the clients had no chance. Such a timer notices that the executor ran it late and
/// gives one more full interval, once: members that live send their heartbeat in it, members that
/// do not are expelled at its end. Kafka expels them all and lets them rejoin.
class Timer {
 public:
  /// The executor ran a timer this much too late: the machine was not running.
  static constexpr std::int64_t kSuspendedAfterMs = 1'000;

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

  Executor& executor_;
  const Clock& clock_;
  std::function<void()> task_;
  std::int64_t interval_ms_ = 0;
  std::int64_t deadline_ms_ = 0;
  bool extended_ = false;
  Executor::TimerId armed_ = 0;
  std::int64_t armed_for_ms_ = 0;
};

}  // namespace kreel::coordinator
