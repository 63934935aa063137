#pragma once

#include <string>
#include <vector>

#include "cli/exec_queue.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

// What a command is told of its record: KREEL_TOPIC, KREEL_PARTITION, KREEL_OFFSET, KREEL_TIMESTAMP
// (milliseconds since 1970), KREEL_TIMESTAMP_TYPE, KREEL_KEY (unset when null), KREEL_HEADERS (JSON
// as in jsonl), KREEL_HEADER_<NAME>, KREEL_NULL_VALUE=1 when the value is null, KREEL_ATTEMPT from
// 1, KREEL_WORKER from 0. A key with a NUL byte, which no variable can hold, is in KREEL_KEY_HEX.
// "NAME=value" each, behind `base` without variables of these names.
std::vector<std::string> record_environment(const Environment& base, const ExecTask& task,
                                            int worker);
// With KREEL_WORKER alone.
std::vector<std::string> worker_environment(const Environment& base, int worker);

}  // namespace kreel::cli
