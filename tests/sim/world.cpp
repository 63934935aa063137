#include "sim/world.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>

namespace kreel::sim {

void World::after_ms(std::int64_t delay_ms, std::function<void()> task) {
  events_.emplace(now_ms() + std::max<std::int64_t>(0, delay_ms), std::move(task));
}

bool World::run_one_due() {
  const auto end = events_.upper_bound(now_ms());
  const auto count = std::distance(events_.begin(), end);
  if (count == 0) return false;
  auto chosen = std::next(events_.begin(), below(count));
  auto task = std::move(chosen->second);
  events_.erase(chosen);
  task();
  return true;
}

std::int64_t World::next_due_ms() const {
  return events_.empty() ? std::numeric_limits<std::int64_t>::max() : events_.begin()->first;
}

void World::trace(const std::string& what) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  for (const char c : what) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * kPrime;
  hash_ = (hash_ ^ static_cast<std::uint64_t>(now_ms())) * kPrime;
  if (trace_) fmt::print(stderr, "{:>7} {}\n", now_ms(), what);
}

void World::violation(const std::string& what) {
  trace("VIOLATION " + what);
  violations_.push_back(fmt::format("at {} ms: {}", now_ms(), what));
}

Executor::TimerId SimThread::schedule_after_ms(std::int64_t delay_ms, Task task) {
  const auto id = ++last_id_;
  timers_.emplace(id,
                  Timer{world_.now_ms() + std::max<std::int64_t>(0, delay_ms), std::move(task)});
  return id;
}

std::map<Executor::TimerId, SimThread::Timer>::iterator SimThread::due() {
  auto next = timers_.end();
  for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
    if (timer->second.due_ms > world_.now_ms()) continue;
    if (next == timers_.end() || timer->second.due_ms < next->second.due_ms) next = timer;
  }
  return next;
}

bool SimThread::has_work() const {
  return next_due_ms() <= world_.now_ms();
}

std::int64_t SimThread::next_due_ms() const {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  if (!ready_.empty()) next = world_.now_ms();
  for (const auto& [id, timer] : timers_) next = std::min(next, timer.due_ms);
  return std::max(next, stalled_until_ms_);
}

void SimThread::run_one() {
  Task task;
  if (const auto timer = due(); timer != timers_.end() && (ready_.empty() || world_.one_in(2))) {
    task = std::move(timer->second.task);
    timers_.erase(timer);
  } else if (!ready_.empty()) {
    task = std::move(ready_.front());
    ready_.pop_front();
  }
  if (!task) return;
  running_ = true;
  task();
  running_ = false;
}

void SimThread::clear() {
  // What a task owns may post once more as it goes.
  while (!ready_.empty() || !timers_.empty()) {
    auto tasks = std::move(ready_);
    ready_.clear();
    auto timers = std::move(timers_);
    timers_.clear();
  }
}

}  // namespace kreel::sim
