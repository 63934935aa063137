#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <kreel/acls.hpp>
#include <kreel/admin.hpp>
#include <kreel/position.hpp>

namespace kreel::cli {

// The partitions that `wanted` names, all of the topic where it names none. kNotFound for an
// unknown topic (with the nearest) and for a partition that the topic does not have; `purpose` as
// in require_topics().
Result<std::vector<TopicPartition>> partitions_of(AdminClient& admin, const TopicPartitions& wanted,
                                                  AclOperation purpose = AclOperation::kRead);

// kUsage for a range that ends before it starts in every partition, as far as can be told without a
// broker: two offsets, two times, or the two ends of the log.
Result<void> check_order(const std::optional<Position>& from, const std::optional<Position>& until);

struct ResolvedPosition {
  TopicPartition at;
  std::int64_t offset = 0;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
};

// Where `position` is in each partition: start and end with their deltas are kept within the log,
// an explicit offset outside of it is kNotFound ("offset 99 is outside 100..250"), a time after the
// last record is the end. With kReadCommitted the log ends where its first open transaction begins,
// but for explicit offsets. Not for positions that count from a group's commits.
Result<std::vector<ResolvedPosition>> resolve_positions(
    AdminClient& admin, std::span<const TopicPartition> partitions, const Position& position,
    Isolation isolation = Isolation::kReadUncommitted);

}  // namespace kreel::cli
