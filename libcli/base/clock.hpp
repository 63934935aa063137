#pragma once

#include <cstdint>

#include "base/types.hpp"

namespace kreel {

/// Wall and monotonic time, passed in so that tests and simulation own it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970-01-01 UTC; may jump.
  virtual TimestampMs wall_ms() const = 0;
  /// Nanoseconds that never go back; the base of every timer and timeout.
  virtual std::int64_t monotonic_ns() const = 0;
  /// Nanoseconds since boot including suspend: against wall_ms() it tells a clock that was set from
  /// a machine that slept.
  virtual std::int64_t boottime_ns() const = 0;

  std::int64_t monotonic_ms() const { return monotonic_ns() / 1'000'000; }
};

/// The machine's clocks.
const Clock& system_clock();

}  // namespace kreel
