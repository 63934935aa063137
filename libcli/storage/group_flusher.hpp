#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/flusher.hpp"
#include "storage/log_config.hpp"
#include "storage/mark_file.hpp"
#include "storage/partition_log.hpp"
#include "storage/sync_workers.hpp"

namespace kreel::storage {

/// The Flusher of a data directory. Without start() nothing happens by itself, and run_pending()
/// does the thread's work: for simulations and tests. Logs of other kinds than PartitionLog are
/// taken for durable.
class GroupFlusher final : public Flusher {
 public:
  /// `marks` is null where nothing is kept (ephemeral).
  GroupFlusher(FlushPolicy policy, bool ephemeral, MarkFile* marks, std::size_t workers_max);
  ~GroupFlusher() override;

  void await_durable(std::vector<DurableTarget> targets, Executor& executor, Done done) override;
  void await_on_disk(std::vector<DurableTarget> targets, Executor& executor, Done done) override;
  void run(std::function<void()> work, Executor& executor, std::function<void()> done) override;

  /// A log has something for the disk. Unless `soon`, it can wait for the next round or tick.
  void wants_sync(std::shared_ptr<PartitionLog> log, bool soon);

  void start();
  /// Finishes what is queued and ends the thread.
  void stop();
  /// After stop(): destroys what still waits, unanswered, and whatever comes from now on, so that
  /// nothing of it is left when the executors end.
  void drop_rest();
  /// On the caller's thread: everything that is queued, until nothing is. Only without start().
  /// False when there was nothing to do.
  bool run_pending();

 private:
  struct Waiter {
    std::vector<DurableTarget> targets;
    Executor* executor;
    Done done;
  };
  struct Task {
    std::function<void()> work;
    Executor* executor;
    std::function<void()> done;
  };
  enum class Progress { kWaiting, kDurable, kFailed };

  void await(Waiter waiter);
  void thread_main();
  bool round(std::unique_lock<std::mutex>& lock);
  void sync_logs(const std::vector<std::shared_ptr<PartitionLog>>& logs);
  void finish_waiters();
  void wake();
  bool commits() const;
  static Progress progress(const DurableTarget& target);
  static Progress progress(const Waiter& waiter);

  const FlushPolicy policy_;
  const bool ephemeral_;
  MarkFile* const marks_;
  SyncWorkers workers_;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::vector<std::shared_ptr<PartitionLog>> queue_;
  std::vector<std::shared_ptr<PartitionLog>> later_;  // not due yet (flush.ms)
  std::deque<Waiter> waiters_;
  std::vector<Task> tasks_;
  bool round_wanted_ = false;
  bool sleeps_until_woken_ = false;
  bool stopping_ = false;
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace kreel::storage
