#include "cli/delivery_wait.hpp"

#include <cstdint>

#include "cli/client_log.hpp"

namespace kreel::cli {

bool wait_for_answers(Producer& producer, std::chrono::milliseconds patience,
                      const StopRequests& stop) {
  std::uint64_t in_flight = producer.counts().in_flight;
  std::int64_t since_ms = steady_ms();
  while (in_flight > 0 && !stop.requested()) {
    producer.poll(20);
    const std::uint64_t now = producer.counts().in_flight;
    if (now != in_flight) since_ms = steady_ms();
    in_flight = now;
    if (steady_ms() - since_ms > patience.count()) return false;
  }
  return true;
}

}  // namespace kreel::cli
