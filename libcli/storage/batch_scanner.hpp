#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "protocol/record_batch.hpp"

namespace kreel::storage {

/// Why a walk over batches ended.
enum class ScanEnd {
  kNotYet,
  kLimit,      ///< exactly at the limit: all batches were whole
  kCut,        ///< the last batch continues behind the limit
  kBadHeader,  ///< no batch begins there
  kOldFormat,  ///< a message set of before Kafka 0.11
  kBadCrc
};

/// "cut off", "bad CRC", …
const char* to_string(ScanEnd end);

/// Walks the batches in [position, limit) of a segment file, in large reads. Not thread-safe.
class BatchScanner {
 public:
  enum class Check {
    kHeaders,  ///< bodies are skipped, and not read when they are large
    kCrc       ///< every batch is read and its CRC compared
  };
  struct Found {
    protocol::BatchHeader header;
    std::uint64_t position = 0;
  };

  /// `file` must outlive the scanner.
  BatchScanner(const fs::File& file, std::uint64_t position, std::uint64_t limit, Check check)
      : file_(file), position_(position), limit_(limit), check_(check) {}

  /// The next batch; nullopt at the end, see end().
  Result<std::optional<Found>> next();

  ScanEnd end() const { return end_; }
  /// Where the next batch begins, or where the walk ended.
  std::uint64_t position() const { return position_; }
  /// With kCrc: the bytes of the batch found last, until the next call.
  ByteView batch() const { return batch_; }

 private:
  Result<bool> fill(std::size_t bytes);
  std::optional<Found> stop(ScanEnd end);
  ByteView window() const;

  const fs::File& file_;
  std::uint64_t position_;
  std::uint64_t limit_;
  Check check_;
  ScanEnd end_ = ScanEnd::kNotYet;
  Bytes buffer_;
  std::uint64_t buffer_position_ = 0;
  std::size_t buffer_bytes_ = 0;
  ByteView batch_;
};

}  // namespace kreel::storage
