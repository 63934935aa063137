#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel::client {

/// What is known of one partition when its target is chosen.
struct PartitionFacts {
  TopicPartition at;
  std::optional<std::int64_t> committed;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
  /// The first record not older than the asked time; empty when all are older. Only for times.
  std::optional<std::int64_t> at_time;
};

struct ChosenTarget {
  std::optional<std::int64_t> offset;  ///< empty: leave the partition as it is
  std::string note;
};

/// Where `request` moves one partition. Pure. ErrorKind::kNotFound when an explicit position is
/// outside the log and request.clamp is off.
Result<ChosenTarget> choose_target(const OffsetChangeRequest& request, const PartitionFacts& facts);

/// The time that targets are looked up by, when they are.
std::optional<std::int64_t> target_time_ms(const OffsetChangeRequest& request);

}  // namespace kreel::client
