#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace kreel::coordinator {

/// Takes the one answer to a request. Called exactly once, on the shard's thread, after the state
/// machine has finished its step: inside the call, later, or from the shard's destructor.
template <class Response>
using Reply = std::function<void(Response)>;

/// Replies wait here until the step that made them is over: what receives one may at once make the
/// next request, and must not find a group half changed. Single-threaded.
class Outbox {
 public:
  /// Spans one step of the state machine: a request, a timer, records that became durable. The end
  /// of the outermost one delivers.
  class Step {
   public:
    explicit Step(Outbox& outbox) : outbox_(outbox) { ++outbox_.depth_; }
    ~Step() {
      if (--outbox_.depth_ == 0) outbox_.deliver();
    }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Outbox& outbox_;
  };

  /// Leaves `reply` empty.
  template <class Response>
  void send(Reply<Response>& reply, Response response) {
    push([to = std::exchange(reply, nullptr), response = std::move(response)]() mutable {
      to(std::move(response));
    });
  }
  /// Runs `task` between steps, in order with the replies.
  void push(std::function<void()> task) { tasks_.push_back(std::move(task)); }

 private:
  void deliver() {
    ++depth_;
    for (std::size_t next = 0; next < tasks_.size(); ++next) {
      const auto task = std::move(tasks_[next]);
      task();
    }
    tasks_.clear();
    --depth_;
  }

  int depth_ = 0;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace kreel::coordinator
