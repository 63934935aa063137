#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/types.hpp"
#include "protocol/error_code.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::protocol {

// What a partition's leader does with the bytes that a producer sent for one partition, as Apache
// Kafka 4 does it (LogValidator and UnifiedLog): refuse, fix in place, or build the batch anew.

struct ValidationOptions {
  /// The moment that timestamps are compared with, and the time of LogAppendTime.
  TimestampMs now_ms = 0;
  /// max.message.bytes: of the batch as sent, and again after it was built anew.
  std::size_t max_message_bytes = std::numeric_limits<std::size_t>::max();
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  /// cleanup.policy has "compact": every record needs a key.
  bool compacted_topic = false;
  /// compression.type; nullopt is "producer".
  std::optional<Compression> target_compression = std::nullopt;
  int gzip_level = -1;
  int lz4_level = 9;
  int zstd_level = 3;
  /// Bound on what a compressed batch unpacks to; more is INVALID_RECORD.
  std::size_t max_decompressed_bytes = std::size_t{100} << 20;
  /// false: header and CRC are checked, the records are not looked at (unless the batch has to be
  /// compressed anew), and its own max_timestamp is believed.
  bool validate_records = true;
};

struct InvalidRecord {
  std::int32_t index = 0;
  std::string message;
  bool operator==(const InvalidRecord&) const = default;
};

struct ValidationResult {
  /// NONE, INVALID_RECORD, CORRUPT_MESSAGE, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE or
  /// UNSUPPORTED_COMPRESSION_TYPE.
  ErrorCode error = ErrorCode::NONE;
  std::string message;
  /// Which records were at fault, where it was single ones; at most kMaxInvalidRecords.
  std::vector<InvalidRecord> record_errors;

  /// Set when the batch could not stay as it was: store this instead. base_offset is 0 in it.
  std::optional<Bytes> rebuilt;
  /// Header of what is to be stored; base_offset 0, partition_leader_epoch not assigned yet.
  BatchHeader header;
  /// Largest timestamp, and the first record that has it, counted from base_offset.
  TimestampMs max_timestamp = -1;
  std::int32_t offset_delta_of_max_timestamp = 0;

  bool ok() const { return error == ErrorCode::NONE; }
};

inline constexpr std::size_t kMaxInvalidRecords = 1000;

/// Checks `records`, which should be exactly one batch from a client. Changes it in place where
/// Kafka does: timestamp type and max_timestamp, with a new CRC. Offsets, leader epoch, sequence
/// numbers and segment.bytes are the caller's. Takes no memory for an uncompressed, faultless
/// batch.
ValidationResult validate_client_batch(MutableByteView records, const ValidationOptions& options);

}  // namespace kreel::protocol
