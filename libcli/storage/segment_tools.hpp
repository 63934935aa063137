#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/types.hpp"
#include "fs/file_system.hpp"
#include "kreel/segments.hpp"
#include "protocol/record_batch.hpp"
#include "storage/batch_scanner.hpp"

namespace kreel::storage {

// <kreel/segments.hpp> over any file system.

Result<std::vector<segments::Partition>> list_partitions(fs::FileSystem& fs,
                                                         const std::string& directory);
Result<segments::DumpResult> dump_file(fs::FileSystem& fs, const std::string& path,
                                       const segments::DumpCallbacks& callbacks,
                                       std::uint64_t bytes_max = UINT64_MAX);
Result<segments::VerifyReport> verify(fs::FileSystem& fs, const std::string& directory);
Result<segments::RepairPlan> plan_repair(fs::FileSystem& fs, const std::string& directory);
Result<void> apply_repair(fs::FileSystem& fs, const segments::RepairPlan& plan);

/// A run of good batches in a segment file, or of bytes that are none.
struct Stretch {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  bool is_good = true;
  Offset next_offset = 0;  ///< good: behind its last batch; bad: expected at its front
  std::string what;        ///< of bad ones
};

/// A segment file in stretches: every CRC is compared, offsets must increase, and after bad bytes
/// the next good batch is searched for. What reaches `end_offset`, where the next segment begins,
/// is there twice, so it is bad here. `each` is called for every good batch.
Result<std::vector<Stretch>> survey_segment(
    const fs::File& file, Offset base_offset, Offset end_offset,
    const std::function<void(const BatchScanner::Found&)>& each);

/// What is wrong with one segment of a partition.
struct SegmentCheck {
  std::string path;
  Offset base_offset = 0;
  Offset next_offset = 0;           ///< behind its last good batch
  std::optional<Offset> next_base;  ///< of the segment behind it
  std::uint64_t size_bytes = 0;
  std::vector<Stretch> stretches;
  std::vector<segments::Finding> derived;  ///< indexes and snapshots that do not fit

  /// Offsets at its end that no batch covers.
  bool has_gap() const { return next_base && *next_base > next_offset; }
  std::uint64_t bad_bytes() const;
};

struct PartitionCheck {
  std::vector<SegmentCheck> segments;
  /// Offsets are missing between batches: a compacted topic, whose gaps are no damage.
  bool is_compacted = false;
};

Result<PartitionCheck> check_partition(fs::FileSystem& fs, const segments::Partition& partition,
                                       segments::VerifyReport& report);

}  // namespace kreel::storage
