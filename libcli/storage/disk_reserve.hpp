#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "fs/file_system.hpp"

namespace kreel::storage {

/// Space that a data directory holds for the time when the disk is full, so that group offsets,
/// settings, deletions and a recovery find room: empty files with blocks reserved, given up one by
/// one, since whoever has filled the disk may take what becomes free. Thread-safe.
class DiskReserve {
 public:
  DiskReserve(fs::FileSystem& fs, std::string directory)
      : fs_(fs), directory_(std::move(directory)) {}

  /// What a file system of this size is asked for.
  static std::uint64_t wanted_bytes(const fs::FreeSpace& space);

  /// What was given up, or not taken yet; 0 where the file system reserves nothing.
  std::uint64_t missing_bytes(const fs::FreeSpace& space);
  /// Takes what is missing, if more than `soft_bytes` stay free.
  void refill(const fs::FreeSpace& space, std::uint64_t soft_bytes);
  /// False when nothing is left.
  bool give_up_part();
  void give_up_all();

 private:
  std::string path_of(int part) const;
  std::uint64_t missing_locked(const fs::FreeSpace& space) const;

  fs::FileSystem& fs_;
  const std::string directory_;
  std::mutex mutex_;
  bool is_full_ = false;  // all parts are known to be there
  bool has_warned_ = false;
};

}  // namespace kreel::storage
