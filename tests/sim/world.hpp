#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "base/random.hpp"
#include "support/manual_clock.hpp"

namespace kreel::sim {

/// Virtual time, chance, and what was found wrong: everything of a simulation comes from its seed.
class World {
 public:
  explicit World(std::uint64_t seed) : seed_(seed), dice_(seed) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  test::ManualClock& clock() { return clock_; }
  std::int64_t now_ms() const { return clock_.monotonic_ms(); }
  SeededRandom& dice() { return dice_; }
  std::uint64_t seed() const { return seed_; }
  /// [0, bound)
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(dice_.next_u64() % static_cast<std::uint64_t>(bound));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool one_in(std::int64_t n) { return below(n) == 0; }

  /// Runs `task` after `delay_ms`; what is due at the same time runs in any order.
  void after_ms(std::int64_t delay_ms, std::function<void()> task);
  /// Runs one event that is due; false when there is none.
  bool run_one_due();
  /// Of the next event; INT64_MAX without any.
  std::int64_t next_due_ms() const;

  /// Goes into the hash by which two runs of one seed are compared, and to stderr with --trace.
  void trace(const std::string& what);
  std::uint64_t hash() const { return hash_; }
  void set_trace(bool on) { trace_ = on; }

  /// An invariant does not hold.
  void violation(const std::string& what);
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  std::uint64_t seed_;
  SeededRandom dice_;
  test::ManualClock clock_;
  std::multimap<std::int64_t, std::function<void()>> events_;
  std::uint64_t hash_ = 0xcbf29ce484222325;
  bool trace_ = false;
  std::vector<std::string> violations_;
};

/// One simulated thread: its tasks run in order, one at a time, when the scheduler says so.
class SimThread final : public Executor {
 public:
  explicit SimThread(World& world) : world_(world) {}

  void post(Task task) override { ready_.push_back(std::move(task)); }
  TimerId schedule_after_ms(std::int64_t delay_ms, Task task) override;
  void cancel(TimerId id) override { timers_.erase(id); }
  bool is_current() const override { return running_; }

  bool has_work() const;
  void run_one();
  /// Something else has the processor.
  void stall_ms(std::int64_t duration_ms) { stalled_until_ms_ = world_.now_ms() + duration_ms; }
  std::int64_t next_due_ms() const;
  /// The thread dies: nothing that it had to do happens.
  void clear();

 private:
  struct Timer {
    std::int64_t due_ms = 0;
    Task task;
  };
  std::map<TimerId, Timer>::iterator due();

  World& world_;
  std::deque<Task> ready_;
  std::map<TimerId, Timer> timers_;
  TimerId last_id_ = 0;
  std::int64_t stalled_until_ms_ = 0;
  bool running_ = false;
};

}  // namespace kreel::sim
