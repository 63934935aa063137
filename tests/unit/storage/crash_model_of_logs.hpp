#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "storage/log.hpp"
#include "storage/log_config.hpp"

namespace kreel::test {

/// A batch of a producer, or a marker of its transaction, that may be in the log.
struct SentBatch {
  std::int32_t base_sequence = 0;
  std::int32_t count = 0;
  Offset base_offset = 0;
  ProducerEpoch epoch = 0;
  bool is_marker = false;
  /// With a key, "key|value"; of a tombstone "key|-".
  std::vector<std::string> values;
};

/// Producers from here on are transactional; from the second on with an epoch for each transaction
/// (KIP-890).
inline constexpr ProducerId kFirstTransactional = 100;
inline constexpr ProducerId kFirstWithEpochs = 200;

/// What the outside world knows of one partition, and so what a crash must not change.
struct PartitionModel {
  Uuid topic_id;
  storage::LogConfig config;
  /// What was ever written at an offset and may still be there; the newest last.
  std::map<Offset, std::vector<std::string>> written;
  /// Of a compacted log: when each tombstone was sent.
  std::map<Offset, TimestampMs> tombstones;
  Offset end = 0;
  /// Everything below was acknowledged.
  Offset acknowledged_end = 0;
  /// The largest high watermark that was shown: everything below may have been read.
  Offset visible_end = 0;
  /// The largest last stable offset that was shown.
  Offset stable_end = 0;
  /// The largest log start that was shown.
  Offset log_start_seen = 0;
  /// What the catalog has: durable.
  Offset log_start_saved = 0;
  /// The largest log start that anyone has asked for.
  Offset log_start_asked = 0;
  std::map<ProducerId, std::vector<SentBatch>> producers;

  Offset promised_end() const { return std::max(acknowledged_end, visible_end); }
};

enum class Phase {
  kRunning,   ///< the clean-stop marker must be gone
  kOpening,   ///< it may be there or not
  kStopping,  ///< when it is there, all else is
  kStopped    ///< it must be there
};

/// What the outside world knows of a data directory. A value: each crash state keeps its own.
struct DirectoryModel {
  std::map<storage::TopicPartition, PartitionModel> partitions;
  Phase phase = Phase::kOpening;

  /// A power failure with flush=interval or os: acknowledged is not durable.
  void drop_promises() {
    for (auto& [name, partition] : partitions) {
      partition.acknowledged_end = partition.visible_end = partition.stable_end = 0;
    }
  }
};

}  // namespace kreel::test
