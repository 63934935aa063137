#pragma once

#include <cstdint>

#include <kreel/producer.hpp>

#include "cli/context.hpp"

namespace kreel::cli {

// With -v or --debug a function that puts librdkafka's log lines on stderr, otherwise none.
ClientLog client_log(const CommandContext& context);

// Milliseconds of a clock that never goes back, for durations and progress.
std::int64_t steady_ms();

}  // namespace kreel::cli
