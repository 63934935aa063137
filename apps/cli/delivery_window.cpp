#include "cli/delivery_window.hpp"

#include <algorithm>

#include "cli/client_log.hpp"

namespace kreel::cli {
namespace {

constexpr std::uint64_t kBytesUnderWay = 48 * 1024 * 1024;
constexpr std::uint64_t kRecordsUnderWay = 400'000;
// How long a signal may go unseen.
constexpr std::int64_t kSliceMs = 50;
constexpr std::int64_t kLastLookMs = 200;

}  // namespace

bool DeliveryWindow::is_answered(Producer& producer, std::chrono::milliseconds patience) {
  const auto is_silent = [&] {
    const DeliveryCounts now = producer.counts();
    const std::uint64_t answered = now.accepted - now.in_flight;
    if (now.in_flight == 0) {
      silent_since_ms_.reset();
    } else if (!silent_since_ms_ || answered != answered_) {
      silent_since_ms_ = steady_ms();
    }
    answered_ = answered;
    return silent_since_ms_ && steady_ms() - *silent_since_ms_ > patience.count();
  };
  if (!is_silent()) return true;
  // Answers may be there that nobody has asked for: this process may have been stopped meanwhile.
  producer.poll(kLastLookMs);
  gave_up_ = is_silent();
  return !gave_up_;
}

bool DeliveryWindow::wait(Producer& producer, std::chrono::milliseconds patience,
                          const StopRequests& stop) {
  while (!stop.requested()) {
    if (!is_answered(producer, patience)) return false;
    const DeliveryCounts now = producer.counts();
    const std::uint64_t bytes =
        bytes_accepted_ - std::min(bytes_accepted_, now.acknowledged_bytes + bytes_forgotten_);
    if (now.in_flight == 0) bytes_forgotten_ += bytes;
    const bool room =
        now.in_flight < kRecordsUnderWay && (bytes < kBytesUnderWay || now.in_flight == 0);
    if (room) return true;
    producer.poll(kSliceMs);
  }
  return false;
}

void DeliveryWindow::accepted(const RecordView& record) {
  bytes_accepted_ += record.key.value_or("").size() + record.value.value_or("").size();
}

}  // namespace kreel::cli
