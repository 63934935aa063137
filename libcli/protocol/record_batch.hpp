#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/types.hpp"

namespace kreel::protocol {

// Record batches of format version 2 (KIP-98), the only one that Kafka 4 stores. All integers are
// big-endian; the layout is that of kafka.apache.org/documentation/#recordbatch.

enum class Compression : std::int8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };
enum class TimestampType : std::int8_t { kCreateTime = 0, kLogAppendTime = 1 };

inline constexpr std::size_t kBatchHeaderBytes = 61;
/// Offset and length: what batch_length does not count.
inline constexpr std::size_t kBatchPrefixBytes = 12;

struct BatchHeader {
  Offset base_offset = 0;
  std::int32_t batch_length = 0;
  LeaderEpoch partition_leader_epoch = 0;
  std::int8_t magic = 2;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  TimestampMs base_timestamp = 0;
  TimestampMs max_timestamp = 0;
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::int32_t base_sequence = -1;
  std::int32_t record_count = 0;

  std::size_t size_bytes() const {
    return kBatchPrefixBytes + static_cast<std::size_t>(batch_length);
  }
  /// Wraps around for a base offset that no log has.
  Offset last_offset() const {
    return static_cast<Offset>(static_cast<std::uint64_t>(base_offset) +
                               static_cast<std::uint64_t>(last_offset_delta));
  }
  Compression compression() const { return static_cast<Compression>(attributes & 0x07); }
  TimestampType timestamp_type() const {
    return (attributes & 0x08) != 0 ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
  }
  bool is_transactional() const { return (attributes & 0x10) != 0; }
  bool is_control() const { return (attributes & 0x20) != 0; }
  bool has_delete_horizon() const { return (attributes & 0x40) != 0; }
  bool operator==(const BatchHeader&) const = default;
};

/// The header at the front of `bytes`, without looking at the CRC. nullopt when fewer than 61 bytes
/// are there, the magic is not 2, or the length is below the header's.
std::optional<BatchHeader> read_batch_header(ByteView bytes);
/// A batch of `header` and its records as they are to lie there; sets length, magic and CRC.
Bytes encode_batch(const BatchHeader& header, ByteView records);
/// Whether the CRC fits; `batch` is exactly one batch.
bool batch_crc_is_valid(ByteView batch);

// In-place changes outside the CRC's range.
void set_base_offset(MutableByteView batch, Offset base_offset);
void set_partition_leader_epoch(MutableByteView batch, LeaderEpoch epoch);
/// Sets the type bit and max_timestamp, then the CRC anew.
void set_max_timestamp(MutableByteView batch, TimestampType type, TimestampMs max_timestamp);

struct HeaderView {
  std::string_view key;
  std::optional<ByteView> value;
};

/// One record; views into the batch or its decompressed bytes.
struct RecordView {
  Offset offset = 0;
  TimestampMs timestamp = -1;
  std::optional<ByteView> key;
  std::optional<ByteView> value;
  std::vector<HeaderView> headers;
};

// Timestamps are any 64-bit value that a client sent: their sums wrap around, as Java's do.
inline TimestampMs timestamp_sum(TimestampMs base, std::int64_t delta) {
  return static_cast<TimestampMs>(static_cast<std::uint64_t>(base) +
                                  static_cast<std::uint64_t>(delta));
}
inline std::int64_t timestamp_difference(TimestampMs timestamp, TimestampMs base) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp) -
                                   static_cast<std::uint64_t>(base));
}
/// With LogAppendTime the batch's time is every record's.
inline TimestampMs record_timestamp(const BatchHeader& header, std::int64_t delta) {
  if (header.timestamp_type() == TimestampType::kLogAppendTime) return header.max_timestamp;
  return timestamp_sum(header.base_timestamp, delta);
}

/// Reads the records of one batch in order. next() gives nullopt at the end; malformed content or a
/// decompressed size over the bound gives an error (ErrorKind::kBadInput), and so do bytes after
/// the last record. Does not look at the CRC. A view stays valid until the reader is destroyed
/// (moving it is fine); `batch` must outlive the reader.
class BatchReader {
 public:
  BatchReader(BatchReader&&) = default;
  BatchReader& operator=(BatchReader&&) = default;

  static Result<BatchReader> open(ByteView batch, std::size_t max_decompressed_bytes);

  const BatchHeader& header() const { return header_; }
  Result<std::optional<RecordView>> next();
  /// The record that next() gave last as it lies in memory, its length in front.
  ByteView raw_record() const { return raw_record_; }

 private:
  explicit BatchReader(const BatchHeader& header) : header_(header) {}

  BatchHeader header_;
  Bytes decompressed_;
  ByteView rest_;
  ByteView raw_record_;
  std::int32_t next_index_ = 0;
};

/// What a new record carries; the views are copied by append().
struct NewRecord {
  TimestampMs timestamp = -1;
  std::optional<ByteView> key;
  std::optional<ByteView> value;
  std::vector<HeaderView> headers;
};

/// Builds one batch of at least one record. The first record fixes base_timestamp; offsets count
/// from base_offset and rise.
class BatchBuilder {
 public:
  struct Options {
    Offset base_offset = 0;
    Compression compression = Compression::kNone;
    std::optional<int> compression_level = std::nullopt;
    TimestampType timestamp_type = TimestampType::kCreateTime;
    LeaderEpoch partition_leader_epoch = -1;
    ProducerId producer_id = -1;
    ProducerEpoch producer_epoch = -1;
    std::int32_t base_sequence = -1;
    bool transactional = false;
    bool control = false;
  };

  explicit BatchBuilder(Options options) : options_(options) {}

  void append(const NewRecord& record);
  /// Keeps the gap before it: for a batch whose offsets have holes.
  void append_at(Offset offset, const NewRecord& record);
  std::int32_t record_count() const { return count_; }
  /// Bytes of the records so far, before compression.
  /// The batch with CRC; the builder is empty afterwards.
  Bytes build();

 private:
  Options options_;
  Bytes records_;
  std::int32_t count_ = 0;
  std::int32_t last_offset_delta_ = -1;
  TimestampMs base_timestamp_ = 0;
  TimestampMs max_timestamp_ = -1;
};

}  // namespace kreel::protocol
