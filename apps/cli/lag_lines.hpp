#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <kreel/lag.hpp>

namespace kreel::cli {

enum class LagBy { kPartition, kTopic, kGroup };

// Offsets per second, over a while.
struct LagRates {
  double in = 0;   // appended to the log
  double out = 0;  // committed by the group; below 0 after a rewind
};

using LagKey = std::pair<std::string, TopicPartition>;  // group, partition
using RatesByPartition = std::map<LagKey, LagRates>;

// What is printed of one partition, of one topic of a group, or of one group: sums, and the longest
// of the times. Numbers that are not known of any partition are empty.
struct LagLine {
  std::string group;
  std::string topic;                      // empty for a group
  std::optional<std::int32_t> partition;  // of a partition alone, as the next three
  std::optional<std::int64_t> committed;
  std::optional<std::int64_t> log_start;
  std::optional<std::int64_t> log_end;
  std::optional<std::int64_t> lag;
  std::optional<std::int64_t> time_lag_ms;
  std::int64_t topics = 0;
  std::int64_t partitions = 0;
  std::int64_t never_committed = 0;
  std::int64_t failed = 0;
  std::string error;  // of a partition alone
  std::optional<LagRates> rates;

  // "never committed", the error, or how many partitions these are.
  std::string note() const;
  // Until the group is at the end when all goes on like this: 0 when it is there; nothing when it
  // does not gain, or rates are not known.
  std::optional<std::int64_t> catch_up_ms() const;
};

// Ends at the largest number: a broker may name any offsets.
std::int64_t lag_sum(std::int64_t one, std::int64_t other);

// `rows` as measure_lag() sorts them; `rates` of those that have been seen before.
std::vector<LagLine> lag_lines(std::span<const LagRow> rows, LagBy by,
                               const RatesByPartition& rates = {});

}  // namespace kreel::cli
