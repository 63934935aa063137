#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "base/clock.hpp"
#include "fs/file_system.hpp"

namespace kreel::fs {

/// A file or a directory in memory. Open files keep theirs after it was removed or renamed.
struct MemoryNode {
  explicit MemoryNode(bool directory) : is_directory(directory) {}

  const bool is_directory;
  mutable std::shared_mutex mutex;  ///< guards `content`; `entries` belong to the file system
  Bytes content;
  std::atomic<std::int64_t> modified_ms = 0;
  std::map<std::string, std::shared_ptr<MemoryNode>> entries;
};

/// Files that die with the object: for tests and for a broker that keeps nothing. Everything is
/// durable at once. Absolute and relative paths meet at one root.
class MemoryFileSystem final : public FileSystem {
 public:
  explicit MemoryFileSystem(const Clock& clock = system_clock());
  /// Starts from a tree that nothing else uses any more.
  MemoryFileSystem(std::shared_ptr<MemoryNode> root, const Clock& clock);

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  bool is_directory(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove_file(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<FreeSpace> free_space(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<std::int64_t> modified_ms(const std::string& path) override;

  /// What free_space() answers; default: 1 TiB free of 1 TiB.
  void set_free_space(FreeSpace space);
  /// nullptr when there is none.
  std::shared_ptr<MemoryNode> find(const std::string& path) const;

 private:
  struct Place {  // a name in its directory; `node` is nullptr when it is free
    std::shared_ptr<MemoryNode> parent;
    std::string name;
    std::shared_ptr<MemoryNode> node;
  };
  std::shared_ptr<MemoryNode> find_locked(const std::string& path) const;
  Result<Place> place_of(std::string_view doing, const std::string& path) const;

  const Clock& clock_;
  mutable std::mutex mutex_;  // guards the tree, not the contents of files
  std::shared_ptr<MemoryNode> root_;
  struct LockTable;
  std::shared_ptr<LockTable> locks_;
  FreeSpace space_{1ULL << 40, 1ULL << 40};
};

}  // namespace kreel::fs
