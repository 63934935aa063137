#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <kreel/producer.hpp>

#include "cli/stop_requests.hpp"

namespace kreel::cli {

// Whether answers keep coming while records wait for them.
class AnswerWatch {
 public:
  // True when records are under way and none was answered for `patience`.
  bool gave_up(const DeliveryCounts& now, std::chrono::milliseconds patience);

 private:
  std::uint64_t answered_ = 0;
  std::optional<std::int64_t> since_ms_;
};

// Until every record has its answer. False when none came for `patience`: however many records wait
// behind a slow disk, they are given up only once nothing moves.
bool wait_for_answers(Producer& producer, std::chrono::milliseconds patience,
                      const StopRequests& stop);

}  // namespace kreel::cli
