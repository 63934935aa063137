#include "storage/group_flusher.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/planted_bug.hpp"
#include "storage/limits.hpp"

namespace kreel::storage {
namespace {

/// Everything that one round posts to one executor, in the order of the calls.
class Posts {
 public:
  void add(Executor& executor, std::function<void()> call) {
    const auto found = std::ranges::find(groups_, &executor, &Group::first);
    auto& group = found == groups_.end() ? groups_.emplace_back(&executor, Calls{}) : *found;
    group.second.push_back(std::move(call));
  }
  void send() {
    for (auto& [executor, calls] : groups_) {
      executor->post([batch = std::move(calls)] {
        for (const auto& call : batch) call();
      });
    }
  }

 private:
  using Calls = std::vector<std::function<void()>>;
  using Group = std::pair<Executor*, Calls>;
  std::vector<Group> groups_;
};

PartitionLog* as_partition_log(const DurableTarget& target) {
  return dynamic_cast<PartitionLog*>(target.log.get());
}

}  // namespace

GroupFlusher::GroupFlusher(FlushPolicy policy, bool ephemeral, MarkFile* marks,
                           std::size_t workers_max)
    : policy_(policy), ephemeral_(ephemeral), marks_(marks), workers_(workers_max) {}

GroupFlusher::~GroupFlusher() {
  stop();
}

bool GroupFlusher::commits() const {
  return policy_.mode == FlushMode::kCommit && !ephemeral_;
}

GroupFlusher::Progress GroupFlusher::progress(const DurableTarget& target) {
  const auto* log = as_partition_log(target);
  if (log == nullptr || log->durable_end() >= target.end_offset) return Progress::kDurable;
  return log->is_offline() ? Progress::kFailed : Progress::kWaiting;
}

GroupFlusher::Progress GroupFlusher::progress(const Waiter& waiter) {
  auto all = Progress::kDurable;
  for (const auto& target : waiter.targets) {
    const auto one = progress(target);
    if (one == Progress::kFailed) return one;
    if (one == Progress::kWaiting) all = one;
  }
  return all;
}

void GroupFlusher::await_durable(std::vector<DurableTarget> targets, Executor& executor,
                                 Done done) {
  for (auto& target : targets) {
    const auto* log = as_partition_log(target);
    if (log != nullptr) target.end_offset = log->acked_from_disk(target.end_offset);
    if (KREEL_BUG("reply_before_durable")) target.end_offset = 0;
  }
  await({std::move(targets), &executor, std::move(done)});
}

void GroupFlusher::await_on_disk(std::vector<DurableTarget> targets, Executor& executor,
                                 Done done) {
  if (!commits()) {
    for (const auto& target : targets) {
      if (auto* log = as_partition_log(target)) log->demand_sync(target.end_offset);
    }
  }
  await({std::move(targets), &executor, std::move(done)});
}

void GroupFlusher::await(Waiter waiter) {
  const auto at_once = progress(waiter);
  if (at_once == Progress::kWaiting) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    waiters_.push_back(std::move(waiter));
    wake();
    return;
  }
  bool durable = at_once == Progress::kDurable;
  for (const auto& target : waiter.targets) {
    const auto* log = as_partition_log(target);
    if (log != nullptr && log->is_offline()) durable = false;
  }
  waiter.executor->post([call = std::move(waiter.done), durable] { call(durable); });
}

void GroupFlusher::run(std::function<void()> work, Executor& executor, std::function<void()> done) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  tasks_.push_back({std::move(work), &executor, std::move(done)});
  wake();
}

void GroupFlusher::wants_sync(std::shared_ptr<PartitionLog> log, bool soon) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(log));
  if (soon) {
    wake();
  } else if (sleeps_until_woken_) {
    sleeps_until_woken_ = false;
    woken_.notify_one();
  }
}

/// With the mutex held.
void GroupFlusher::wake() {
  if (std::exchange(round_wanted_, true)) return;
  sleeps_until_woken_ = false;
  woken_.notify_one();
}

void GroupFlusher::start() {
  workers_.start();
  thread_ = std::thread([this] { thread_main(); });
}

void GroupFlusher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    woken_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void GroupFlusher::drop_rest() {
  std::deque<Waiter> waiters;
  std::vector<Task> tasks;
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  waiters.swap(waiters_);
  tasks.swap(tasks_);
}

void GroupFlusher::thread_main() {
  const bool by_interval = policy_.mode == FlushMode::kInterval;
  const auto tick = std::chrono::milliseconds(
      by_interval ? std::clamp<std::int64_t>(policy_.interval_ms, 1, 60'000) : kLazySyncMs);
  std::unique_lock lock(mutex_);
  bool was_busy = false;
  while (true) {
    while (round_wanted_) was_busy = round(lock) || was_busy;
    if (stopping_) return;
    // A quiet tick and nothing queued: sleep until something comes.
    if (!was_busy && queue_.empty() && later_.empty()) {
      sleeps_until_woken_ = true;
      woken_.wait(lock, [this] { return !sleeps_until_woken_ || stopping_; });
      sleeps_until_woken_ = false;
      was_busy = true;
      continue;
    }
    const bool hurried = woken_.wait_for(lock, tick, [this] { return round_wanted_ || stopping_; });
    if (hurried) continue;
    queue_.insert(queue_.end(), later_.begin(), later_.end());
    later_.clear();
    was_busy = !queue_.empty();
    if (was_busy) round(lock);
  }
}

bool GroupFlusher::run_pending() {
  std::unique_lock lock(mutex_);
  queue_.insert(queue_.end(), later_.begin(), later_.end());
  later_.clear();
  bool did_something = false;
  while (round(lock)) did_something = true;
  return did_something;
}

/// Tasks, then one round of syncs, then the posts; false when there was nothing.
bool GroupFlusher::round(std::unique_lock<std::mutex>& lock) {
  round_wanted_ = false;
  if (tasks_.empty() && queue_.empty() && waiters_.empty()) return false;
  auto tasks = std::exchange(tasks_, {});
  auto logs = std::exchange(queue_, {});
  const bool had_work = !tasks.empty() || !logs.empty();
  lock.unlock();
  Posts posts;
  for (auto& task : tasks) {
    task.work();
    posts.add(*task.executor, std::move(task.done));
  }
  posts.send();
  sync_logs(logs);
  lock.lock();
  return had_work;
}

void GroupFlusher::sync_logs(const std::vector<std::shared_ptr<PartitionLog>>& logs) {
  std::vector<SyncOutcome> outcomes(logs.size());
  if (!logs.empty()) {
    workers_.for_each(logs.size(), [&](std::size_t i) { outcomes[i] = logs[i]->sync(); });
  }
  finish_waiters();
  std::vector<KeyedMark> marks;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (outcomes[i].mark) marks.push_back(*outcomes[i].mark);
    if (!outcomes[i].again) continue;
    const std::lock_guard lock(mutex_);
    later_.push_back(logs[i]);
  }
  if (marks_ != nullptr && !marks.empty()) marks_->record(marks);
}

void GroupFlusher::finish_waiters() {
  Posts posts;
  {
    const std::lock_guard lock(mutex_);
    std::deque<Waiter> still_waiting;
    for (auto& waiter : waiters_) {
      const auto now = progress(waiter);
      if (now == Progress::kWaiting) {
        still_waiting.push_back(std::move(waiter));
        continue;
      }
      posts.add(*waiter.executor, [done = std::move(waiter.done),
                                   durable = now == Progress::kDurable] { done(durable); });
    }
    waiters_ = std::move(still_waiting);
  }
  posts.send();
}

}  // namespace kreel::storage
