#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"
#include "fs/file_system.hpp"

namespace kreel::storage {

/// One replacement of segments by compaction (storage/FORMAT.md). While it stands in the
/// partition's directory the replacement has happened, whatever the files say: before it is written
/// the new segment is on disk, and it goes when the old files are gone. So a crash leaves the old
/// segments or the new one, never both.
struct CompactionRecord {
  /// Of the new segment, which takes the name of the first that it replaces.
  Offset base_offset = 0;
  std::uint64_t size_bytes = 0;
  /// Base offsets of all that it replaces, the first included.
  std::vector<Offset> replaced;
  bool operator==(const CompactionRecord&) const = default;
};

/// The commit point: durable when it returns success. The new segment's file, its transaction index
/// and their names (`.cleaned`) have to be on disk.
Result<void> write_compaction_record(fs::FileSystem& fs, const std::string& directory,
                                     const CompactionRecord& record);
/// Gives the new segment its name, removes what it replaces, then the record. May be repeated after
/// a crash or an error at any point of it. `sync` false: for a directory that nobody opens again.
Result<void> finish_compaction(fs::FileSystem& fs, const std::string& directory,
                               const CompactionRecord& record, bool sync);

/// At the start: finishes a replacement whose record is there, and removes what one without has
/// left. kBadInput when the record cannot be read; then nothing is touched.
Result<void> settle_compaction(fs::FileSystem& fs, const std::string& directory);

}  // namespace kreel::storage
