#include "fs/file_system.hpp"

#include <algorithm>

namespace kreel::fs {
namespace {

constexpr std::uint64_t kCopyChunkBytes = 1U << 20U;

std::string_view without_trailing_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

Result<void> write_temporary(FileSystem& fs, const std::string& path, ByteView content) {
  TRY_ASSIGN(const auto file, fs.open(path, OpenMode::kCreateOrOpen));
  TRY(file->truncate(0));
  TRY(file->write_at(content, 0));
  return file->sync_data();
}

}  // namespace

bool File::is_cached(std::uint64_t /*position*/, std::size_t /*size_bytes*/) const {
  return true;
}

void File::warm(std::uint64_t /*position*/, std::size_t /*size_bytes*/) const {}

Result<void> copy_range(const File& source, std::uint64_t from, std::uint64_t to, File& target,
                        std::uint64_t at) {
  Bytes chunk(static_cast<std::size_t>(std::min(to - from, kCopyChunkBytes)));
  while (from < to) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(to - from, chunk.size()));
    TRY_ASSIGN(const auto count, source.read_at(MutableByteView(chunk).first(want), from));
    if (count == 0) return fail(ErrorKind::kIo, source.path() + ": shorter than it was");
    TRY(target.write_at(ByteView(chunk).first(count), at));
    from += count;
    at += count;
  }
  return {};
}

Result<Bytes> read_whole_file(FileSystem& fs, const std::string& path, std::uint64_t max_bytes) {
  TRY_ASSIGN(const auto file, fs.open(path, OpenMode::kRead));
  TRY_ASSIGN(const auto size, file->size_bytes());
  if (size > max_bytes) {
    return fail(ErrorKind::kBadInput, path + ": " + std::to_string(size) +
                                          " bytes, and no more than " + std::to_string(max_bytes) +
                                          " are read");
  }
  Bytes content(size);
  TRY_ASSIGN(const auto count, file->read_at(content, 0));
  content.resize(count);
  return content;
}

Result<void> replace_file(FileSystem& fs, const std::string& path, ByteView content) {
  const auto temporary = path + ".tmp";
  auto replaced = write_temporary(fs, temporary, content);
  if (replaced) replaced = fs.rename(temporary, path);
  if (!replaced) {
    static_cast<void>(fs.remove_file(temporary));
    return replaced;
  }
  return fs.sync_directory(parent_directory(path));
}

Result<void> make_directories(FileSystem& fs, const std::string& path) {
  if (fs.is_directory(path)) return {};
  const auto parent = parent_directory(path);
  if (parent != path) TRY(make_directories(fs, parent));
  TRY(fs.make_directory(path));
  return fs.sync_directory(parent);
}

Result<void> remove_tree(FileSystem& fs, const std::string& path) {
  // A link is unlinked like a file, never followed: what it points to is not ours.
  auto removed = fs.remove_file(path);
  if (removed || removed.error().kind() == ErrorKind::kNotFound) return {};
  if (!fs.is_directory(path)) return removed;
  TRY_ASSIGN(const auto names, fs.list(path));
  for (const auto& name : names) TRY(remove_tree(fs, join(path, name)));
  return fs.remove_directory(path);
}

std::string join(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  return directory.back() == '/' ? directory + name : directory + "/" + name;
}

std::string parent_directory(const std::string& path) {
  const auto trimmed = without_trailing_slashes(path);
  const auto slash = trimmed.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(without_trailing_slashes(trimmed.substr(0, slash)));
}

}  // namespace kreel::fs
