#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fs/file_system.hpp"

namespace kreel::catalog {

/// The append-only file behind the catalog. A frame is durable before append() returns and before
/// the next one is written, so only the last frame of the file can be torn.
///
/// Format: 8 bytes "KREELCAT", uint32 format version; then frames of uint32 marker, uint32 payload
/// length, uint32 CRC-32C over sequence and payload, uint64 sequence (from 1, without gaps),
/// payload. All big-endian. Not thread-safe.
class Journal {
 public:
  static constexpr std::uint32_t kFormatVersion = 1;
  using Replay = std::function<Result<void>(ByteView payload)>;

  /// Opens or makes `path`, and hands every payload to `replay`. A torn last frame is cut off, with
  /// a line in the log. kRefused when a newer kreel wrote the file; kBadInput when it is damaged
  /// before its end: nothing is changed then.
  static Result<Journal> open(fs::FileSystem& fs, std::string path, const Replay& replay);

  /// After an error of the disk (not: out of space) nothing can be appended any more.
  Result<void> append(ByteView payload);

  /// Replaces the file by one with this payload alone.
  Result<void> rewrite(ByteView payload);

  bool is_broken() const { return is_broken_; }
  std::uint64_t size_bytes() const { return end_; }

 private:
  Journal(fs::FileSystem& fs, std::string path) : fs_(&fs), path_(std::move(path)) {}
  Result<void> read_frames(ByteView content, const Replay& replay);
  Result<void> cut_torn_end(ByteView content);
  Bytes make_frame(ByteView payload, std::uint64_t sequence) const;
  tl::unexpected<Error> failed_for_good(Error error);

  fs::FileSystem* fs_;
  std::string path_;
  std::unique_ptr<fs::File> file_;
  std::uint64_t end_ = 0;
  std::uint64_t last_sequence_ = 0;
  bool is_broken_ = false;
};

}  // namespace kreel::catalog
