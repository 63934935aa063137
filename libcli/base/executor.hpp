#pragma once

#include <cstdint>
#include <functional>

namespace kreel {

/// A thread that runs functions one after the other: an io thread of the broker, or the one thread
/// of a simulation. The only way to reach state that another thread owns.
class Executor {
 public:
  using Task = std::function<void()>;
  /// 0 is never a valid id.
  using TimerId = std::uint64_t;

  virtual ~Executor() = default;

  /// Runs `task` later on this executor's thread, never inside the call. From any thread; tasks
  /// posted by one thread run in order. After the executor has stopped the task is dropped.
  virtual void post(Task task) = 0;

  /// Runs `task` once after `delay_ms` (at least; 0 or less means soon). Only on the executor's own
  /// thread.
  virtual TimerId schedule_after_ms(std::int64_t delay_ms, Task task) = 0;

  /// A timer that has run or was cancelled is ignored. Only on the executor's own thread.
  virtual void cancel(TimerId id) = 0;

  /// Whether the caller is on this executor's thread.
  virtual bool is_current() const = 0;
};

}  // namespace kreel
