#include "cli/delivery_window.hpp"

#include <algorithm>

#include "cli/client_log.hpp"

namespace kreel::cli {
namespace {

constexpr std::uint64_t kBytesUnderWay = 48 * 1024 * 1024;
constexpr std::uint64_t kRecordsUnderWay = 400'000;
// How long a signal may go unseen.
constexpr std::int64_t kSliceMs = 50;

}  // namespace

bool DeliveryWindow::wait(Producer& producer, std::chrono::milliseconds patience,
                          const StopRequests& stop) {
  std::uint64_t answered = 0;
  std::int64_t since_ms = 0;
  while (!stop.requested()) {
    const DeliveryCounts now = producer.counts();
    const std::uint64_t bytes =
        bytes_accepted_ - std::min(bytes_accepted_, now.acknowledged_bytes + bytes_forgotten_);
    if (now.in_flight == 0) bytes_forgotten_ += bytes;
    const bool room =
        now.in_flight < kRecordsUnderWay && (bytes < kBytesUnderWay || now.in_flight == 0);
    if (room) return true;
    if (since_ms == 0 || now.accepted - now.in_flight != answered) {
      answered = now.accepted - now.in_flight;
      since_ms = steady_ms();
    } else if (steady_ms() - since_ms > patience.count()) {
      gave_up_ = true;
      return false;
    }
    producer.poll(kSliceMs);
  }
  return false;
}

void DeliveryWindow::accepted(const RecordView& record) {
  bytes_accepted_ += record.key.value_or("").size() + record.value.value_or("").size();
}

}  // namespace kreel::cli
