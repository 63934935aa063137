#pragma once

#include <algorithm>
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

  /// The earlier of this and `limit_ms` from now; remembers its own length for messages.
  Deadline at_most_ms(std::int64_t limit_ms) const {
    return remaining_ms() <= limit_ms ? *this : in_ms(limit_ms);
  }

  /// What one of `parts` that come one after the other may take.
  Deadline share(std::size_t parts) const {
    return at_most_ms(remaining_ms() / static_cast<std::int64_t>(parts));
  }

  std::int64_t remaining_ms() const {
    return std::max<std::int64_t>(0, at_ms_ - system_clock().monotonic_ms());
  }
  bool passed() const { return remaining_ms() == 0; }
  /// How long it was when it began: what "no answer in 10s" prints.
  std::int64_t length_ms() const { return length_ms_; }

 private:
  Deadline(std::int64_t at_ms, std::int64_t length_ms) : at_ms_(at_ms), length_ms_(length_ms) {}

  std::int64_t at_ms_;
  std::int64_t length_ms_;
};

}  // namespace kreel::client
