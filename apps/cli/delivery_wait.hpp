#pragma once

#include <chrono>

#include <kreel/producer.hpp>

#include "cli/stop_requests.hpp"

namespace kreel::cli {

// Until every record has its answer. False when none came for `patience`: however many records wait
// behind a slow disk, they are given up only once nothing moves.
bool wait_for_answers(Producer& producer, std::chrono::milliseconds patience,
                      const StopRequests& stop);

}  // namespace kreel::cli
