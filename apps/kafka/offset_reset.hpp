#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kafka/client.hpp"

namespace kreel::kafka_tools {

// auto.offset.reset of Java's consumer: where reading begins without an offset, or with one that is
// not in the log.
struct ResetPolicy {
  std::string policy = "latest";       // as librdkafka has it: "none" is "error" there
  std::optional<std::int64_t> age_ms;  // of "by_duration:PT1H"; no older records then
};
// Nothing for what Java refuses.
std::optional<ResetPolicy> parse_offset_reset(std::string_view text);

// `start` (an offset, or one of ReadRange), or where a reset by age leads from it.
Outcome<std::int64_t> start_within(const ResetPolicy& reset, const TopicPartition& at,
                                   std::int64_t start, ToolAdmin& tool, std::int64_t now_ms);

}  // namespace kreel::kafka_tools
