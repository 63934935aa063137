#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel::client {

/// What is known of one partition of a group when its target is chosen.
struct PartitionFacts {
  TopicPartition at;
  std::optional<std::int64_t> committed;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
  /// The first record not older than the asked time; empty when all are older. Only for times.
  std::optional<std::int64_t> at_time;
  /// What the other group has committed, or a file says. Only for SameAsGroup, GivenOffsets and
  /// RestoredOffsets.
  std::optional<std::int64_t> wanted;
};

struct ChosenTarget {
  std::optional<std::int64_t> offset;  ///< empty: no commit
  std::string note;
};

/// Where `request` moves one partition. Pure. ErrorKind::kNotFound when an explicit position is
/// outside the log and request.clamp is off.
Result<ChosenTarget> choose_target(const OffsetChangeRequest& request, const PartitionFacts& facts);

}  // namespace kreel::client
