#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include <kreel/producer.hpp>

#include "cli/client_log.hpp"
#include "cli/stop_requests.hpp"

namespace kreel::cli {

// --rate: at most so many records per second, spread evenly since the first turn.
class Pace {
 public:
  explicit Pace(std::optional<double> records_per_s) : records_per_s_(records_per_s) {}

  // Waits for the next record's turn, and hands out what the producer has meanwhile. False at a
  // stop, and when `goes_on` says so.
  bool wait(Producer& producer, const StopRequests& stop, const std::function<bool()>& goes_on) {
    if (!records_per_s_) return true;
    if (turns_ == 0) started_ms_ = steady_ms();
    const auto due_ms =
        static_cast<std::int64_t>(static_cast<double>(turns_) * 1e3 / *records_per_s_);
    ++turns_;
    while (!stop.requested() && goes_on()) {
      const std::int64_t wait_ms = due_ms - (steady_ms() - started_ms_);
      if (wait_ms <= 0) return true;
      producer.poll(std::min<std::int64_t>(wait_ms, kSliceMs));
    }
    return false;
  }

 private:
  // How long a signal may go unseen.
  static constexpr std::int64_t kSliceMs = 50;

  std::optional<double> records_per_s_;
  std::int64_t turns_ = 0;
  std::int64_t started_ms_ = 0;
};

}  // namespace kreel::cli
