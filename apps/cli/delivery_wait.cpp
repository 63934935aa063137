#include "cli/delivery_wait.hpp"

#include "cli/client_log.hpp"

namespace kreel::cli {

bool AnswerWatch::gave_up(const DeliveryCounts& now, std::chrono::milliseconds patience) {
  const std::int64_t now_ms = steady_ms();
  const std::uint64_t answered = now.accepted - now.in_flight;
  if (!since_ms_ || now.in_flight == 0 || answered != answered_) since_ms_ = now_ms;
  answered_ = answered;
  return now_ms - *since_ms_ > patience.count();
}

bool wait_for_answers(Producer& producer, std::chrono::milliseconds patience,
                      const StopRequests& stop) {
  AnswerWatch watch;
  while (!stop.requested()) {
    const DeliveryCounts now = producer.counts();
    if (now.in_flight == 0) return true;
    if (watch.gave_up(now, patience)) return false;
    producer.poll(20);
  }
  return true;
}

}  // namespace kreel::cli
