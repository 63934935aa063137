#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/log_config.hpp"
#include "storage/log_host.hpp"
#include "storage/mark_file.hpp"
#include "storage/partition_log.hpp"

namespace kreel::storage {

/// How much the last run's end lets recovery believe.
struct RecoveryOptions {
  TopicPartition partition;
  Uuid topic_id;
  LogConfig config;
  Offset log_start = 0;
  /// The last stop was clean: files are what they were meant to be.
  bool clean = false;
  /// Proof of what was on disk.
  std::optional<DurableMark> mark;
  /// Kafka's word for what was on disk.
  std::optional<Offset> recovery_point;
  /// A segment that has its own name proves that those before it are on disk; Kafka's do not.
  bool kreel_wrote_it = true;
  /// A sync failed in the last run: cached pages may never have reached the disk.
  bool sync_had_failed = false;
};

/// Makes the log of an existing partition directory ready (promises.md 1 and 2 in short): trusts
/// what is proven durable, checks the rest, cuts a torn tail (kept as .torn), never cuts damage,
/// rebuilds what is derived, and puts everything that it accepted on the disk before it returns
/// (KAFKA-10101). Safe to run again after a crash at any point of it.
Result<LogState> recover_log(LogContext& context, const RecoveryOptions& options);

}  // namespace kreel::storage
