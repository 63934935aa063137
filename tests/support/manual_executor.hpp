#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "base/executor.hpp"
#include "support/manual_clock.hpp"

namespace kreel::test {

/// Runs tasks on the test's own thread when the test says so, timers by a ManualClock. post() is
/// safe from any thread.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(const ManualClock& clock) : clock_(clock) {}

  void post(Task task) override {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(task));
  }

  TimerId schedule_after_ms(std::int64_t delay_ms, Task task) override {
    const auto id = ++last_id_;
    timers_.emplace(id, Timer{clock_.monotonic_ms() + delay_ms, std::move(task)});
    return id;
  }

  void cancel(TimerId id) override { timers_.erase(id); }
  bool is_current() const override { return true; }

  /// Runs the next task that is ready; false when there is none.
  bool run_one() {
    auto task = take();
    if (!task) return false;
    task();
    return true;
  }
  /// Runs what was posted and the timers that are due, and what those post; returns how many.
  std::size_t run_ready() {
    std::size_t count = 0;
    while (run_one()) ++count;
    return count;
  }

 private:
  struct Timer {
    std::int64_t due_ms = 0;
    Task task;
  };

  Task take() {
    {
      const std::lock_guard lock(mutex_);
      if (!ready_.empty()) {
        auto task = std::move(ready_.front());
        ready_.pop_front();
        return task;
      }
    }
    auto next = timers_.end();
    for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
      const bool due = timer->second.due_ms <= clock_.monotonic_ms();
      if (due && (next == timers_.end() || timer->second.due_ms < next->second.due_ms)) {
        next = timer;
      }
    }
    if (next == timers_.end()) return {};
    auto task = std::move(next->second.task);
    timers_.erase(next);
    return task;
  }

  const ManualClock& clock_;
  std::mutex mutex_;
  std::deque<Task> ready_;
  std::map<TimerId, Timer> timers_;  // of the test's thread
  TimerId last_id_ = 0;
};

}  // namespace kreel::test
