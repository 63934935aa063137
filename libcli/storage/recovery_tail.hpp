#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "storage/batch_scanner.hpp"
#include "storage/mark_file.hpp"
#include "storage/partition_log.hpp"

namespace kreel::storage {

struct SegmentEnd {
  bool is_whole = false;   ///< batches up to the last byte
  Offset next_offset = 0;  ///< behind the last whole batch
  std::uint64_t position = 0;
  ScanEnd reason = ScanEnd::kNotYet;
};

/// Where a sealed segment ends, from its last index entry on.
Result<SegmentEnd> end_of_segment(Segment& segment);
/// Where the first bad batch is, or the end: every CRC is compared.
Result<SegmentEnd> check_whole_segment(Segment& segment);

struct TailOptions {
  std::string directory;
  bool clean = false;
  std::optional<DurableMark> mark;
  std::optional<Offset> recovery_point;
  bool all_but_last_are_synced = true;
  /// A bad batch further than this from the end of the file is damage and no torn write.
  std::uint64_t window_bytes = std::numeric_limits<std::uint64_t>::max();
  /// A checked tail up to this size is written again, so that pages that a failed sync has left
  /// clean reach the disk.
  std::uint64_t rewrite_max_bytes = 0;
  std::int32_t index_interval_bytes = 4096;
  bool sync = true;
  /// What is proven durable of the last segment is read as well, to find damage.
  bool read_last_whole = false;
};

/// Finds the end of the log in `state.segments` and sets `state.end`: checks what is not proven,
/// cuts a torn tail, takes in the segments that had no name yet, sets `state.damage` where it must
/// not cut. Everything accepted is on the disk afterwards, but for directory entries.
Result<void> recover_tail(fs::FileSystem& fs, HandleCache& handles, const TailOptions& options,
                          Offset log_start, LogState& state);

}  // namespace kreel::storage
