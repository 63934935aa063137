#include "storage/checkpoint_file.hpp"

#include <string_view>

#include <fmt/core.h>

#include "base/text.hpp"
#include "storage/limits.hpp"

namespace kreel::storage {
namespace {

tl::unexpected<Error> malformed(const std::string& path, std::size_t line) {
  return fail(ErrorKind::kBadInput, fmt::format("{}: line {} is malformed", path, line + 1));
}

/// The entries' fields, after version and count were checked. A missing file has none.
Result<std::vector<std::vector<std::string>>> read_entries(fs::FileSystem& fs,
                                                           const std::string& path,
                                                           std::size_t fields) {
  const auto content = fs::read_whole_file(fs, path, kCheckpointFileBytesMax);
  std::vector<std::vector<std::string>> entries;
  if (!content) {
    if (content.error().kind() == ErrorKind::kNotFound) return entries;
    return tl::unexpected(content.error());
  }
  auto lines = split(as_text(*content), '\n');
  while (!lines.empty() && trim(lines.back()).empty()) lines.pop_back();
  if (lines.size() < 2 || trim(lines[0]) != "0") return malformed(path, 0);
  const auto count = parse_int64(trim(lines[1]));
  if (!count || *count != static_cast<std::int64_t>(lines.size()) - 2) return malformed(path, 1);
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const auto words = split(trim(lines[i]), ' ');
    if (words.size() != fields) return malformed(path, i);
    entries.emplace_back(words.begin(), words.end());
  }
  return entries;
}

}  // namespace

Result<OffsetsByPartition> read_offset_checkpoint(fs::FileSystem& fs, const std::string& path) {
  TRY_ASSIGN(const auto entries, read_entries(fs, path, 3));
  OffsetsByPartition offsets;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto partition = parse_int32(entries[i][1]);
    const auto offset = parse_int64(entries[i][2]);
    if (!partition || !offset) return malformed(path, i + 2);
    offsets[TopicPartition{entries[i][0], *partition}] = *offset;
  }
  return offsets;
}

Result<void> write_offset_checkpoint(fs::FileSystem& fs, const std::string& path,
                                     const OffsetsByPartition& offsets) {
  std::string text = fmt::format("0\n{}\n", offsets.size());
  for (const auto& [partition, offset] : offsets) {
    text += fmt::format("{} {} {}\n", partition.topic, partition.partition, offset);
  }
  return fs::replace_file(fs, path, as_bytes(text));
}

Result<std::vector<EpochStart>> read_epoch_checkpoint(fs::FileSystem& fs, const std::string& path) {
  TRY_ASSIGN(const auto entries, read_entries(fs, path, 2));
  std::vector<EpochStart> epochs;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto epoch = parse_int32(entries[i][0]);
    const auto start = parse_int64(entries[i][1]);
    if (!epoch || !start) return malformed(path, i + 2);
    if (!epochs.empty() && (epochs.back().first >= *epoch || epochs.back().second > *start)) {
      return malformed(path, i + 2);
    }
    epochs.emplace_back(*epoch, *start);
  }
  return epochs;
}

Result<void> write_epoch_checkpoint(fs::FileSystem& fs, const std::string& path,
                                    const std::vector<EpochStart>& epochs) {
  std::string text = fmt::format("0\n{}\n", epochs.size());
  for (const auto& [epoch, start] : epochs) text += fmt::format("{} {}\n", epoch, start);
  return fs::replace_file(fs, path, as_bytes(text));
}

}  // namespace kreel::storage
