#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "fs/file_system.hpp"
#include "storage/log.hpp"

namespace kreel::storage {

/// Everything of a partition before this was on disk when the mark was written: the segment with
/// this base offset up to `position`, where the record `offset` begins, and all segments before.
struct DurableMark {
  Offset segment = 0;
  std::uint64_t position = 0;
  Offset offset = 0;
  bool operator==(const DurableMark&) const = default;
};

/// Which partition a mark speaks of. The topic's id tells a topic from an earlier one of its name.
struct MarkKey {
  Uuid topic_id;
  std::uint32_t name_hash = 0;  ///< CRC-32C of the topic's name
  PartitionId partition = 0;
  auto operator<=>(const MarkKey&) const = default;
};
MarkKey mark_key(const TopicPartition& partition, const Uuid& topic_id);

using KeyedMark = std::pair<MarkKey, DurableMark>;

/// The mark file of a data directory (storage/FORMAT.md): proof of what was durable, for telling a
/// torn tail from damage. A record that is missing or torn proves nothing and harms nothing.
/// Thread-safe.
class MarkFile {
 public:
  /// Reads what is there; unreadable records are skipped. The file is made by the first write.
  static std::unique_ptr<MarkFile> open(fs::FileSystem& fs, const std::string& data_directory);

  std::optional<DurableMark> find(const MarkKey& key) const;
  /// Appends marks, only for bytes that are durable already; older ones than it has are passed
  /// over. Not synced. A failure only costs proof: it is logged once, and the answer is false.
  bool record(std::span<const KeyedMark> marks);
  void forget(const MarkKey& key);
  /// Writes the file anew, durably, without what was forgotten.
  Result<void> save();
  /// fdatasync when something was recorded since the last one.
  Result<void> sync();
  bool needs_sync() const;

 private:
  MarkFile(fs::FileSystem& fs, std::string path) : fs_(fs), path_(std::move(path)) {}
  void load();
  Result<void> write(std::span<const KeyedMark> marks);
  Result<void> rewrite();

  fs::FileSystem& fs_;
  const std::string path_;
  mutable std::mutex mutex_;
  std::map<MarkKey, DurableMark> marks_;
  std::unique_ptr<fs::File> file_;
  std::uint64_t end_ = 0;
  bool needs_sync_ = false;
  bool needs_directory_sync_ = false;
  bool failure_was_logged_ = false;
};

}  // namespace kreel::storage
