#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace kreel::client {

/// The moment at which one call gives up, by the monotonic clock. A value.
class Deadline {
 public:
  static Deadline in_ms(std::int64_t timeout_ms) {
    return Deadline(system_clock().monotonic_ms() + timeout_ms, timeout_ms);
  }

  /// The same, and never after `latest_ms`, which somebody may move nearer meanwhile.
  Deadline not_after(const std::atomic<std::int64_t>& latest_ms) const {
    Deadline deadline = *this;
    deadline.latest_ms_ = &latest_ms;
    return deadline;
  }

  /// The earlier of this and `limit_ms` from now; remembers its own length for messages.
  Deadline at_most_ms(std::int64_t limit_ms) const {
    if (remaining_ms() <= limit_ms) return *this;
    Deadline nearer = in_ms(limit_ms);
    nearer.latest_ms_ = latest_ms_;
    return nearer;
  }

  /// What one of `parts` that come one after the other may take.
  Deadline share(std::size_t parts) const {
    return at_most_ms(remaining_ms() / static_cast<std::int64_t>(parts));
  }

  std::int64_t remaining_ms() const {
    const std::int64_t latest_ms = latest_ms_ == nullptr ? INT64_MAX : latest_ms_->load();
    const std::int64_t at_ms = std::min(at_ms_, latest_ms);
    return std::max<std::int64_t>(0, at_ms - system_clock().monotonic_ms());
  }
  bool passed() const { return remaining_ms() == 0; }
  /// How long it was when it began: what "no answer in 10s" prints.
  std::int64_t length_ms() const { return length_ms_; }

 private:
  Deadline(std::int64_t at_ms, std::int64_t length_ms) : at_ms_(at_ms), length_ms_(length_ms) {}

  std::int64_t at_ms_;
  std::int64_t length_ms_;
  const std::atomic<std::int64_t>* latest_ms_ = nullptr;
};

/// When all calls of a client have to be over, whatever their own limits; never, until it is set.
/// Outlives the deadlines that it limits.
class LatestEnd {
 public:
  Deadline limit(const Deadline& deadline) const { return deadline.not_after(at_ms_); }
  /// Async-signal-safe.
  void set_in_ms(std::int64_t ms) { at_ms_ = system_clock().monotonic_ms() + ms; }

 private:
  std::atomic<std::int64_t> at_ms_ = INT64_MAX;
};

}  // namespace kreel::client
