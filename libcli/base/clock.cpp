#include "base/clock.hpp"

#include <ctime>

namespace kreel {
namespace {

std::int64_t read_ns(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  TimestampMs wall_ms() const override { return read_ns(CLOCK_REALTIME) / 1'000'000; }
  std::int64_t monotonic_ns() const override { return read_ns(CLOCK_MONOTONIC); }
  std::int64_t boottime_ns() const override { return read_ns(CLOCK_BOOTTIME); }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace kreel
