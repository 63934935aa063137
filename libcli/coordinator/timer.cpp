#include "coordinator/timer.hpp"

#include <algorithm>
#include <utility>

namespace kreel::coordinator {

void Timer::set(std::int64_t delay_ms, std::function<void()> task) {
  const std::int64_t now_ms = clock_.monotonic_ms();
  if (armed_ != 0 && is_late(now_ms) && deadline_ms_ <= now_ms) {
    backlog_until_ms_ = now_ms + kBacklogMs;
  }
  interval_ms_ = std::max<std::int64_t>(delay_ms, 0);
  const bool may_be_old = now_ms < backlog_until_ms_;
  deadline_ms_ = now_ms + (may_be_old ? std::min(interval_ms_, kGraceMs) : interval_ms_);
  task_ = std::move(task);
  extended_ = false;
  if (armed_ != 0 && armed_for_ms_ <= deadline_ms_) return;
  arm();
}

void Timer::cancel() {
  if (armed_ != 0) executor_.cancel(armed_);
  armed_ = 0;
  backlog_until_ms_ = 0;
  task_ = nullptr;
}

void Timer::arm() {
  if (armed_ != 0) executor_.cancel(armed_);
  armed_for_ms_ = deadline_ms_;
  armed_ =
      executor_.schedule_after_ms(deadline_ms_ - clock_.monotonic_ms(), [this] { this->fired(); });
}

void Timer::fired() {
  armed_ = 0;
  if (task_ == nullptr) return;
  const std::int64_t now_ms = clock_.monotonic_ms();
  if (is_late(now_ms) && !extended_) {
    if (deadline_ms_ <= now_ms) backlog_until_ms_ = now_ms + kBacklogMs;
    extended_ = true;
    deadline_ms_ = std::max(deadline_ms_, now_ms + std::min(interval_ms_, kGraceMs));
  }
  if (now_ms < deadline_ms_) return arm();
  std::exchange(task_, nullptr)();
}

}  // namespace kreel::coordinator
