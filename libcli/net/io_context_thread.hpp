#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "base/executor.hpp"

namespace kreel::net {

/// One thread with an event loop of its own.
class IoContextThread final : public Executor {
 public:
  IoContextThread() = default;
  ~IoContextThread() override;

  void start(const char* name);
  /// Ends the loop and joins; posted tasks that have not run stay until drop_tasks().
  void stop();
  /// After stop(): destroys the tasks and timers that have not run. They may own what belongs to
  /// other threads (a socket, a reply's connection), so all threads drop before one is destroyed.
  void drop_tasks();

  void post(Task task) override;
  TimerId schedule_after_ms(std::int64_t delay_ms, Task task) override;
  void cancel(TimerId id) override;
  bool is_current() const override { return thread_.get_id() == std::this_thread::get_id(); }

  asio::io_context& context() { return context_; }

 private:
  struct Context : asio::io_context {
    using asio::io_context::io_context;
    using asio::execution_context::shutdown;
  };

  Context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;
  TimerId next_timer_ = 1;
  std::unordered_map<TimerId, std::unique_ptr<asio::steady_timer>> timers_;
};

}  // namespace kreel::net
