#include "storage/sync_workers.hpp"

#include <algorithm>

namespace kreel::storage {

SyncWorkers::~SyncWorkers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void SyncWorkers::for_each(std::size_t count, const std::function<void(std::size_t)>& work) {
  if (count <= 1 || threads_max_ <= 1 || !started_) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  count_ = count;
  const auto wanted = std::min(count, threads_max_) - 1;
  while (threads_.size() < wanted) threads_.emplace_back([this] { thread_main(); });
  for (std::size_t i = 0; i < wanted; ++i) has_work_.notify_one();
  take_part(lock);
  is_done_.wait(lock, [this] { return running_ == 0; });
  work_ = nullptr;
}

void SyncWorkers::take_part(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const auto index = next_++;
    ++running_;
    lock.unlock();
    (*work_)(index);
    lock.lock();
    --running_;
  }
  if (running_ == 0) is_done_.notify_all();
}

void SyncWorkers::thread_main() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return stopping_ || (work_ != nullptr && next_ < count_); });
    if (stopping_) return;
    take_part(lock);
  }
}

}  // namespace kreel::storage
