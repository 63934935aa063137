#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/clock.hpp"

namespace kreel::test {

/// Time that passes when a test says so. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimestampMs wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}

  TimestampMs wall_ms() const override {
    if (const auto what = on_wall_ms) what();
    return wall_ms_;
  }
  std::int64_t monotonic_ns() const override { return monotonic_ns_; }
  std::int64_t boottime_ns() const override { return monotonic_ns_; }

  /// All clocks go forward together.
  void advance_ms(std::int64_t by_ms) {
    wall_ms_ += by_ms;
    monotonic_ns_ += by_ms * 1'000'000;
  }
  /// Somebody sets the wall clock.
  void jump_wall_ms(std::int64_t by_ms) { wall_ms_ += by_ms; }

  /// What happens while somebody asks for the time; set before threads start.
  std::function<void()> on_wall_ms;

 private:
  std::atomic<TimestampMs> wall_ms_;
  std::atomic<std::int64_t> monotonic_ns_{1'000'000'000};
};

}  // namespace kreel::test
