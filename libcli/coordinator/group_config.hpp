#pragma once

#include <cstdint>
#include <limits>

namespace kreel::coordinator {

/// Settings of the group coordinator; each is named after Kafka's broker config.
struct GroupConfig {
  std::int32_t offsets_topic_num_partitions = 50;
  std::int32_t group_min_session_timeout_ms = 6'000;
  std::int32_t group_max_session_timeout_ms = 1'800'000;
  /// Above 0: Kafka's rule, the first rebalance of an empty group waits that long and again while
  /// members come. 0: joins settle as they stop coming (see group/rebalance.cpp).
  std::int32_t group_initial_rebalance_delay_ms = 0;
  std::int32_t group_max_size = std::numeric_limits<std::int32_t>::max();
  std::int32_t offset_metadata_max_bytes = 4'096;
  std::int32_t offsets_commit_timeout_ms = 5'000;
  /// offsets.retention.minutes, in milliseconds.
  std::int64_t offsets_retention_ms = std::int64_t{10'080} * 60'000;
  std::int64_t offsets_retention_check_interval_ms = 600'000;
  /// Not a setting in Kafka either: how long the JoinGroup of a new member may stay parked.
  std::int32_t new_member_join_timeout_ms = 300'000;
};

}  // namespace kreel::coordinator
