#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kreel::storage {

/// Threads that help one thread to sync many files at once. After start() they begin when they are
/// first needed and sleep otherwise; without it there are none. One call of for_each() at a time.
class SyncWorkers {
 public:
  explicit SyncWorkers(std::size_t threads_max) : threads_max_(threads_max) {}
  ~SyncWorkers();

  void start() { started_ = true; }
  /// Calls `work` with 0 to count - 1, several at once, and returns when all are done. The caller's
  /// thread takes part.
  void for_each(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  void thread_main();
  void take_part(std::unique_lock<std::mutex>& lock);

  const std::size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable is_done_;
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t running_ = 0;
  bool started_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kreel::storage
