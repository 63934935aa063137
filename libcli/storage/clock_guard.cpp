#include "storage/clock_guard.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "storage/limits.hpp"

namespace kreel::storage {
namespace {

constexpr int kLooksAfterJump = 2;

}  // namespace

ClockGuard::ClockGuard(const Clock& clock, TimestampMs newest_stamp_ms)
    : clock_(clock), last_difference_ms_(difference_ms()) {
  if (clock_.wall_ms() < newest_stamp_ms) {
    distrust_ = kLooksAfterJump;
    log::warning("the clock is behind the files of the last run: retention by time pauses");
  }
}

std::int64_t ClockGuard::difference_ms() const {
  return clock_.wall_ms() - clock_.boottime_ns() / 1'000'000;
}

bool ClockGuard::check() {
  const auto difference = difference_ms();
  const auto moved = std::llabs(difference - last_difference_ms_);
  last_difference_ms_ = difference;
  if (moved > kClockJumpMs) {
    distrust_ = kLooksAfterJump;
    log::warning("the clock has jumped: retention by time pauses");
    return false;
  }
  if (distrust_ == 0) return true;
  --distrust_;
  return false;
}

}  // namespace kreel::storage
