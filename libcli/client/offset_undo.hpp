#pragma once

#include "fs/file_system.hpp"
#include "kreel/offset_files.hpp"

namespace kreel::client {

// kreel/offset_files.hpp on any file system.

Result<std::string> save_undo_file(fs::FileSystem& fs, const std::string& directory,
                                   const OffsetPlan& plan, const UndoFileOptions& options);
Result<UndoFile> read_undo_file(fs::FileSystem& fs, const std::string& path);
Result<UndoFile> newest_undo_file(fs::FileSystem& fs, const std::string& directory,
                                  const std::optional<std::string>& cluster_id,
                                  std::vector<std::string>& skipped);
Result<std::string> mark_undo_file_used(fs::FileSystem& fs, const std::string& path);
Result<void> remove_undo_file(fs::FileSystem& fs, const std::string& path);

}  // namespace kreel::client
