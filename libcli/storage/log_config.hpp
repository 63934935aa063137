#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "protocol/record_batch.hpp"

namespace kreel::storage {

/// When an acknowledged record is on disk.
enum class FlushMode {
  kCommit,    ///< before the acknowledgement, several at once
  kInterval,  ///< at most interval_ms later
  kOs         ///< when the kernel likes, as Apache Kafka's default
};

struct FlushPolicy {
  FlushMode mode = FlushMode::kCommit;
  std::int64_t interval_ms = 0;  ///< kInterval only
};

/// flush.messages and flush.ms that never force a sync.
inline constexpr auto kNoFlush = std::numeric_limits<std::int64_t>::max();

/// The topic settings that a log obeys, resolved to numbers; Kafka's names and defaults.
struct LogConfig {
  std::int64_t segment_bytes = 1LL << 30;
  std::int64_t segment_ms = 604'800'000;
  std::int32_t segment_index_bytes = 10 * 1024 * 1024;
  std::int32_t index_interval_bytes = 4096;
  std::int64_t retention_ms = 604'800'000;  ///< -1 keeps for ever
  std::int64_t retention_bytes = -1;        ///< -1 keeps everything
  std::int64_t file_delete_delay_ms = 60'000;
  std::int32_t max_message_bytes = 1'048'588;
  std::int64_t flush_messages = kNoFlush;
  std::int64_t flush_ms = kNoFlush;
  bool cleanup_delete = true;
  bool cleanup_compact = false;
  double min_cleanable_dirty_ratio = 0.5;
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t delete_retention_ms = 86'400'000;
  protocol::TimestampType timestamp_type = protocol::TimestampType::kCreateTime;
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = 3'600'000;
  /// nullopt is "producer": batches stay as they were sent.
  bool keep_producer_compression = true;
  protocol::Compression compression = protocol::Compression::kNone;
  int gzip_level = -1;
  int lz4_level = 9;
  int zstd_level = 3;
  /// kreel.validate.records=false: batches are checked by header and CRC alone.
  bool validate_records = true;

  /// When a segment is rolled by time: compaction with a maximum lag does not wait longer
  /// (KIP-354).
  std::int64_t roll_ms() const {
    return cleanup_compact ? std::min(segment_ms, max_compaction_lag_ms) : segment_ms;
  }
  bool operator==(const LogConfig&) const = default;
};

}  // namespace kreel::storage
