#include "net/io_context_thread.hpp"

#include <pthread.h>

#include <asio/post.hpp>

namespace kreel::net {

IoContextThread::~IoContextThread() {
  stop();
}

void IoContextThread::start(const char* name) {
  thread_ = std::thread([this] { context_.run(); });
  ::pthread_setname_np(thread_.native_handle(), name);
}

void IoContextThread::stop() {
  if (!thread_.joinable()) return;
  context_.stop();
  thread_.join();
}

void IoContextThread::drop_tasks() {
  timers_.clear();
  context_.shutdown();
}

void IoContextThread::post(Task task) {
  asio::post(context_, std::move(task));
}

Executor::TimerId IoContextThread::schedule_after_ms(std::int64_t delay_ms, Task task) {
  const TimerId id = next_timer_++;
  auto timer = std::make_unique<asio::steady_timer>(
      context_, std::chrono::milliseconds(delay_ms > 0 ? delay_ms : 0));
  timer->async_wait([this, id, task = std::move(task)](const asio::error_code& error) {
    // Cancelled after it had expired, with this call already on its way: not in the table any more.
    if (error || timers_.erase(id) == 0) return;
    task();
  });
  timers_.emplace(id, std::move(timer));
  return id;
}

void IoContextThread::cancel(TimerId id) {
  timers_.erase(id);
}

}  // namespace kreel::net
