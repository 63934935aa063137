#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace kreel::fs {

/// An open file. Positions are explicit, so that readers and the one writer share a handle; reads
/// are thread-safe, and a caller serialises writes, truncation and sync against each other.
class File {
 public:
  virtual ~File() = default;
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  virtual const std::string& path() const = 0;

  /// Writes all of `bytes` at `position`; a short write is continued. On an error the caller
  /// truncates back to what was there before anything is written after it.
  virtual Result<void> write_at(ByteView bytes, std::uint64_t position) = 0;
  /// Reads until `into` is full or the file ends; returns the count.
  virtual Result<std::size_t> read_at(MutableByteView into, std::uint64_t position) const = 0;
  virtual Result<std::uint64_t> size_bytes() const = 0;
  virtual Result<void> truncate(std::uint64_t size_bytes) = 0;
  /// Reserves disk blocks for [0, size_bytes) and keeps the file's size.
  virtual Result<void> preallocate(std::uint64_t size_bytes) = 0;
  /// fdatasync. After an error nothing about the file is known: never retry, never acknowledge.
  virtual Result<void> sync_data() = 0;

  /// For sendfile; -1 where there is no such thing (memory).
  virtual int descriptor() const { return -1; }
  /// Whether all of [position, position + size_bytes) is in the page cache, so that reading it does
  /// not wait for the disk. May be wrong in both directions; true in memory.
  virtual bool is_cached(std::uint64_t position, std::size_t size_bytes) const;
  /// Reads the range into the page cache; blocks.
  virtual void warm(std::uint64_t position, std::size_t size_bytes) const;
};

enum class OpenMode {
  kRead,             ///< must exist
  kReadWrite,        ///< must exist
  kCreateExclusive,  ///< must not exist
  kCreateOrOpen
};

struct FreeSpace {
  std::uint64_t available_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/// An exclusive lock on a file, released by destruction or by the death of the process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// The only way to the disk for storage and catalog: the posix one, one in memory, and one that
/// fails and crashes on purpose. Paths are absolute or relative to the working directory. Errors
/// name the path and the cause (ErrorKind::kIo; kNotFound where a file is missing). Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Names in `directory` without "." and "..", sorted.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  virtual bool exists(const std::string& path) = 0;
  virtual bool is_directory(const std::string& path) = 0;
  /// One level, mode 0700; success when it is there already.
  virtual Result<void> make_directory(const std::string& path) = 0;
  /// Replaces `to`. Durable only after sync_directory() of the parent.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove_file(const std::string& path) = 0;
  /// An empty directory.
  virtual Result<void> remove_directory(const std::string& path) = 0;
  /// Makes creations, renames and removals in `directory` durable.
  virtual Result<void> sync_directory(const std::string& directory) = 0;
  virtual Result<FreeSpace> free_space(const std::string& path) = 0;
  /// ErrorKind::kRefused when another process holds it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  /// Last modification, milliseconds since 1970 UTC.
  virtual Result<std::int64_t> modified_ms(const std::string& path) = 0;
  /// Whether any user of this machine may read or write the file; false where there are none.
  virtual bool is_open_to_all(const std::string& /*path*/) { return false; }
};

/// The machine's own; open descriptors are closed by File's destructor.
std::unique_ptr<FileSystem> make_posix_file_system();

/// Whether `error` came from a full disk or quota: worth another try once there is space.
bool is_out_of_space(const Error& error);

// Helpers over any FileSystem.

/// Writes [from, to) of `source` at `at` of `target`, which may be the same file at the same place.
/// kIo when `source` ends before `to`.
Result<void> copy_range(const File& source, std::uint64_t from, std::uint64_t to, File& target,
                        std::uint64_t at);
/// kBadInput when the file is larger than `max_bytes`.
Result<Bytes> read_whole_file(FileSystem& fs, const std::string& path, std::uint64_t max_bytes);
/// Temporary file, sync, rename, directory sync: after success the new content is durable, after a
/// crash there is the old or the new one.
Result<void> replace_file(FileSystem& fs, const std::string& path, ByteView content);
/// Makes what is missing of `path`, each level durable in its parent.
Result<void> make_directories(FileSystem& fs, const std::string& path);
/// Removes a file or a directory with all it holds, without following links. Success when there is
/// nothing. Durable after sync_directory() of the parent.
Result<void> remove_tree(FileSystem& fs, const std::string& path);
std::string join(const std::string& directory, const std::string& name);
std::string parent_directory(const std::string& path);

}  // namespace kreel::fs
