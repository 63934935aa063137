#include "storage/compaction_record.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/crc32c.hpp"
#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

constexpr std::int32_t kRecordVersion = 1;
constexpr std::size_t kHeadBytes = 32;
/// Files of a replaced segment; producers' files of kreel's own are not bound to one.
constexpr std::string_view kReplacedSuffixes[] = {kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix,
                                                  kTxnIndexSuffix, kSnapshotSuffix};

std::string record_path(const std::string& directory) {
  return fs::join(directory, std::string(kCompactionFile));
}

std::string cleaned_path(const std::string& path) {
  return path + std::string(kCleanedSuffix);
}

Bytes encode_record(const CompactionRecord& record) {
  Bytes bytes(kHeadBytes + 8 * record.replaced.size());
  auto* const at = bytes.data();
  store_big_endian(at + 4, kRecordVersion);
  store_big_endian(at + 8, record.base_offset);
  store_big_endian(at + 16, record.size_bytes);
  store_big_endian(at + 24, static_cast<std::uint64_t>(record.replaced.size()));
  for (std::size_t i = 0; i < record.replaced.size(); ++i) {
    store_big_endian(at + kHeadBytes + 8 * i, record.replaced[i]);
  }
  store_big_endian(at, crc32c(ByteView(bytes).subspan(4)));
  return bytes;
}

Result<CompactionRecord> decode_record(const std::string& path, ByteView bytes) {
  const auto* const at = bytes.data();
  const bool is_sane = bytes.size() >= kHeadBytes && bytes.size() % 8 == 0 &&
                       load_big_endian<std::uint32_t>(at) == crc32c(bytes.subspan(4)) &&
                       load_big_endian<std::int32_t>(at + 4) == kRecordVersion &&
                       (bytes.size() - kHeadBytes) / 8 == load_big_endian<std::uint64_t>(at + 24);
  if (!is_sane) return fail(ErrorKind::kBadInput, path + ": not a record of a compaction");
  CompactionRecord record;
  record.base_offset = load_big_endian<std::int64_t>(at + 8);
  record.size_bytes = load_big_endian<std::uint64_t>(at + 16);
  for (std::size_t i = kHeadBytes; i < bytes.size(); i += 8) {
    record.replaced.push_back(load_big_endian<std::int64_t>(at + i));
  }
  return record;
}

Result<void> remove_if_there(fs::FileSystem& fs, const std::string& path) {
  const auto removed = fs.remove_file(path);
  if (!removed && removed.error().kind() != ErrorKind::kNotFound) return removed;
  return {};
}

std::string file_of(const std::string& directory, Offset base_offset, std::string_view suffix) {
  return fs::join(directory, segment_file_name(base_offset, suffix));
}

/// The new file takes its name, where it has not yet.
Result<void> take_name(fs::FileSystem& fs, const std::string& path) {
  if (!fs.exists(cleaned_path(path))) return {};
  return fs.rename(cleaned_path(path), path);
}

Result<void> check_size(fs::FileSystem& fs, const std::string& path, std::uint64_t size_bytes) {
  if (!fs.exists(cleaned_path(path))) return {};
  TRY_ASSIGN(const auto file, fs.open(cleaned_path(path), fs::OpenMode::kRead));
  TRY_ASSIGN(const auto found, file->size_bytes());
  if (found == size_bytes) return {};
  return fail(ErrorKind::kBadInput,
              fmt::format("{} has {} bytes instead of {}", file->path(), found, size_bytes));
}

}  // namespace

Result<void> write_compaction_record(fs::FileSystem& fs, const std::string& directory,
                                     const CompactionRecord& record) {
  return fs::replace_file(fs, record_path(directory), encode_record(record));
}

Result<void> finish_compaction(fs::FileSystem& fs, const std::string& directory,
                               const CompactionRecord& record, bool sync) {
  const auto new_log = file_of(directory, record.base_offset, kLogSuffix);
  TRY(check_size(fs, new_log, record.size_bytes));
  TRY(take_name(fs, new_log));
  TRY(take_name(fs, file_of(directory, record.base_offset, kTxnIndexSuffix)));
  for (const auto base : record.replaced) {
    for (const auto suffix : kReplacedSuffixes) {
      const bool is_kept =
          base == record.base_offset && suffix != kOffsetIndexSuffix && suffix != kTimeIndexSuffix;
      if (!is_kept) TRY(remove_if_there(fs, file_of(directory, base, suffix)));
    }
  }
  if (sync) TRY(fs.sync_directory(directory));
  TRY(remove_if_there(fs, record_path(directory)));
  if (sync) TRY(fs.sync_directory(directory));
  return {};
}

Result<void> settle_compaction(fs::FileSystem& fs, const std::string& directory) {
  const auto path = record_path(directory);
  TRY(remove_if_there(fs, path + ".tmp"));
  const auto content = fs::read_whole_file(fs, path, kMetaFileBytesMax);
  if (content) {
    TRY_ASSIGN(const auto record, decode_record(path, *content));
    log::info(
        fmt::format("{}: the compaction of segment {} is finished", directory, record.base_offset));
    // The record may be known here and not be on disk yet.
    TRY(fs.sync_directory(directory));
    TRY(finish_compaction(fs, directory, record, true));
  } else if (content.error().kind() != ErrorKind::kNotFound) {
    return tl::unexpected(content.error());
  }
  TRY_ASSIGN(const auto names, fs.list(directory));
  for (const auto& name : names) {
    if (name.ends_with(kCleanedSuffix)) TRY(fs.remove_file(fs::join(directory, name)));
  }
  return {};
}

}  // namespace kreel::storage
