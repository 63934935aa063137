#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <kreel/producer.hpp>

#include "cli/stop_requests.hpp"

namespace kreel::cli {

// Keeps the records and bytes that are under way bounded, whatever the broker's pace.
class DeliveryWindow {
 public:
  // Waits until one record more may be handed to the producer. False when nothing was answered for
  // `patience`, see gave_up(), and at a stop.
  bool wait(Producer& producer, std::chrono::milliseconds patience, const StopRequests& stop);
  // To be asked now and then while there is nothing to write: false, see gave_up(), when records
  // are under way and nothing was answered for `patience`.
  bool is_answered(Producer& producer, std::chrono::milliseconds patience);
  void accepted(const RecordView& record);
  bool gave_up() const { return gave_up_; }

 private:
  std::uint64_t bytes_accepted_ = 0;
  std::uint64_t bytes_forgotten_ = 0;  // of records that failed, once nothing is under way
  std::uint64_t answered_ = 0;
  std::optional<std::int64_t> silent_since_ms_;  // while something is under way
  bool gave_up_ = false;
};

}  // namespace kreel::cli
