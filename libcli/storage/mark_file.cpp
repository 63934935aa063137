#include "storage/mark_file.hpp"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

// One record: crc32c of the rest, version, topic id, partition, hash of the topic's name, segment,
// position, offset, 8 bytes of zero.
constexpr std::size_t kRecordBytes = 64;
constexpr std::uint32_t kMarkFileVersion = 1;

void encode(std::byte* to, const KeyedMark& mark) {
  std::fill_n(to, kRecordBytes, std::byte{0});
  store_big_endian(to + 4, kMarkFileVersion);
  std::ranges::copy(mark.first.topic_id.bytes, to + 8);
  store_big_endian(to + 24, mark.first.partition);
  store_big_endian(to + 28, mark.first.name_hash);
  store_big_endian(to + 32, mark.second.segment);
  store_big_endian(to + 40, mark.second.position);
  store_big_endian(to + 48, mark.second.offset);
  store_big_endian(to, crc32c(ByteView(to + 4, kRecordBytes - 4)));
}

std::optional<KeyedMark> decode(const std::byte* from) {
  const auto crc = load_big_endian<std::uint32_t>(from);
  if (crc != crc32c(ByteView(from + 4, kRecordBytes - 4))) return std::nullopt;
  if (load_big_endian<std::uint32_t>(from + 4) != kMarkFileVersion) return std::nullopt;
  KeyedMark mark;
  std::copy_n(from + 8, mark.first.topic_id.bytes.size(), mark.first.topic_id.bytes.begin());
  mark.first.partition = load_big_endian<std::int32_t>(from + 24);
  mark.first.name_hash = load_big_endian<std::uint32_t>(from + 28);
  mark.second.segment = load_big_endian<std::int64_t>(from + 32);
  mark.second.position = load_big_endian<std::uint64_t>(from + 40);
  mark.second.offset = load_big_endian<std::int64_t>(from + 48);
  return mark;
}

Bytes encode_all(std::span<const KeyedMark> marks) {
  Bytes bytes(marks.size() * kRecordBytes);
  for (std::size_t i = 0; i < marks.size(); ++i) encode(bytes.data() + i * kRecordBytes, marks[i]);
  return bytes;
}

}  // namespace

MarkKey mark_key(const TopicPartition& partition, const Uuid& topic_id) {
  return {topic_id, crc32c(as_bytes(partition.topic)), partition.partition};
}

std::unique_ptr<MarkFile> MarkFile::open(fs::FileSystem& fs, const std::string& data_directory) {
  std::unique_ptr<MarkFile> marks(
      new MarkFile(fs, fs::join(data_directory, std::string(kMarkFile))));
  marks->load();
  return marks;
}

void MarkFile::load() {
  const auto content = fs::read_whole_file(fs_, path_, kCheckpointFileBytesMax);
  if (!content) {
    if (content.error().kind() != ErrorKind::kNotFound) log::warning(content.error().message());
    return;
  }
  for (std::size_t at = 0; at + kRecordBytes <= content->size(); at += kRecordBytes) {
    const auto mark = decode(content->data() + at);
    if (mark) marks_[mark->first] = mark->second;
  }
  end_ = (content->size() + kRecordBytes - 1) / kRecordBytes * kRecordBytes;
}

std::optional<DurableMark> MarkFile::find(const MarkKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = marks_.find(key);
  if (found == marks_.end()) return std::nullopt;
  return found->second;
}

bool MarkFile::record(std::span<const KeyedMark> marks) {
  const std::lock_guard lock(mutex_);
  std::vector<KeyedMark> newer;
  for (const auto& [key, mark] : marks) {
    auto& known = marks_[key];
    // An older one would speak of segments that compaction may have replaced since.
    if (mark.offset < known.offset) continue;
    known = mark;
    newer.emplace_back(key, mark);
  }
  if (newer.empty()) return true;
  auto written = write(newer);
  if (written && end_ > kMarkFileBytesMax && end_ > 2 * marks_.size() * kRecordBytes) {
    written = rewrite();
  }
  if (!written && !failure_was_logged_) {
    failure_was_logged_ = true;
    log::warning(
        fmt::format("{}; after a crash more of the logs is read", written.error().message()));
  }
  return written.has_value();
}

Result<void> MarkFile::write(std::span<const KeyedMark> marks) {
  if (!file_) {
    needs_directory_sync_ = !fs_.exists(path_);
    TRY_ASSIGN(file_, fs_.open(path_, fs::OpenMode::kCreateOrOpen));
  }
  std::byte one[kRecordBytes];
  if (marks.size() == 1) {
    encode(one, marks.front());
    TRY(file_->write_at(one, end_));
  } else {
    TRY(file_->write_at(encode_all(marks), end_));
  }
  end_ += marks.size() * kRecordBytes;
  needs_sync_ = true;
  return {};
}

Result<void> MarkFile::rewrite() {
  const std::vector<KeyedMark> live(marks_.begin(), marks_.end());
  TRY(fs::replace_file(fs_, path_, encode_all(live)));
  file_.reset();
  end_ = live.size() * kRecordBytes;
  needs_sync_ = false;
  return {};
}

void MarkFile::forget(const MarkKey& key) {
  const std::lock_guard lock(mutex_);
  marks_.erase(key);
}

Result<void> MarkFile::save() {
  const std::lock_guard lock(mutex_);
  return rewrite();
}

Result<void> MarkFile::sync() {
  const std::lock_guard lock(mutex_);
  if (!needs_sync_) return {};
  needs_sync_ = false;
  TRY(file_->sync_data());
  if (!needs_directory_sync_) return {};
  needs_directory_sync_ = false;
  return fs_.sync_directory(fs::parent_directory(path_));
}

bool MarkFile::needs_sync() const {
  const std::lock_guard lock(mutex_);
  return needs_sync_;
}

}  // namespace kreel::storage
