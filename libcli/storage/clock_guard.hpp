#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace kreel::storage {

/// Whether the wall clock may decide that data is old. Not thread-safe.
class ClockGuard {
 public:
  /// `newest_stamp_ms` is the newest time that the last run left on disk: a clock behind it was set
  /// back.
  ClockGuard(const Clock& clock, TimestampMs newest_stamp_ms);

  /// One look. False when the wall clock has moved by more than kClockJumpMs against the boot clock
  /// since the last look, and for two more looks after that.
  bool check();
  /// What the last look, or the start, has found.
  bool is_trusted() const { return distrust_ == 0; }

 private:
  std::int64_t difference_ms() const;

  const Clock& clock_;
  std::int64_t last_difference_ms_;
  int distrust_ = 0;
};

}  // namespace kreel::storage
