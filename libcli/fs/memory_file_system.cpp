#include "fs/memory_file_system.hpp"

#include <cerrno>

#include <algorithm>
#include <set>
#include <string_view>

#include "fs/system_error.hpp"

namespace kreel::fs {
namespace {

std::vector<std::string> names_in(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const auto name = path.substr(0, slash);
    if (!name.empty() && name != ".") names.emplace_back(name);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return names;
}

class MemoryFile final : public File {
 public:
  MemoryFile(std::string path, bool writable, std::shared_ptr<MemoryNode> node, const Clock& clock)
      : path_(std::move(path)), writable_(writable), node_(std::move(node)), clock_(clock) {}

  const std::string& path() const override { return path_; }

  Result<void> write_at(ByteView bytes, std::uint64_t position) override {
    if (!writable_) return system_failure("writing", path_, EBADF);
    if (bytes.empty()) return {};
    const std::unique_lock lock(node_->mutex);
    const auto end = position + bytes.size();
    if (node_->content.size() < end) node_->content.resize(end);
    std::copy(bytes.begin(), bytes.end(),
              node_->content.begin() + static_cast<std::ptrdiff_t>(position));
    touch();
    return {};
  }

  Result<std::size_t> read_at(MutableByteView into, std::uint64_t position) const override {
    const std::shared_lock lock(node_->mutex);
    const auto size = node_->content.size();
    if (position >= size) return 0;
    const auto count = std::min<std::size_t>(into.size(), size - position);
    std::copy_n(node_->content.begin() + static_cast<std::ptrdiff_t>(position), count,
                into.begin());
    return count;
  }

  Result<std::uint64_t> size_bytes() const override {
    const std::shared_lock lock(node_->mutex);
    return node_->content.size();
  }

  Result<void> truncate(std::uint64_t size_bytes) override {
    if (!writable_) return system_failure("truncating", path_, EINVAL);
    const std::unique_lock lock(node_->mutex);
    node_->content.resize(size_bytes);
    touch();
    return {};
  }

  Result<void> preallocate(std::uint64_t /*size_bytes*/) override { return {}; }
  Result<void> sync_data() override { return {}; }

 private:
  void touch() { node_->modified_ms.store(clock_.wall_ms()); }

  std::string path_;
  bool writable_;
  std::shared_ptr<MemoryNode> node_;
  const Clock& clock_;
};

}  // namespace

struct MemoryFileSystem::LockTable {
  std::mutex mutex;
  std::set<const MemoryNode*> held;
};

MemoryFileSystem::MemoryFileSystem(const Clock& clock)
    : MemoryFileSystem(std::make_shared<MemoryNode>(true), clock) {}

MemoryFileSystem::MemoryFileSystem(std::shared_ptr<MemoryNode> root, const Clock& clock)
    : clock_(clock), root_(std::move(root)), locks_(std::make_shared<LockTable>()) {}

std::shared_ptr<MemoryNode> MemoryFileSystem::find_locked(const std::string& path) const {
  auto node = root_;
  for (const auto& name : names_in(path)) {
    const auto found = node->entries.find(name);
    if (found == node->entries.end()) return nullptr;
    node = found->second;
  }
  return node;
}

std::shared_ptr<MemoryNode> MemoryFileSystem::find(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return find_locked(path);
}

Result<MemoryFileSystem::Place> MemoryFileSystem::place_of(std::string_view doing,
                                                           const std::string& path) const {
  auto names = names_in(path);
  if (names.empty()) return system_failure(doing, path, EBUSY);
  Place place{root_, std::move(names.back()), nullptr};
  names.pop_back();
  for (const auto& name : names) {
    const auto found = place.parent->entries.find(name);
    if (found == place.parent->entries.end()) return system_failure(doing, path, ENOENT);
    place.parent = found->second;
  }
  if (!place.parent->is_directory) return system_failure(doing, path, ENOTDIR);
  const auto found = place.parent->entries.find(place.name);
  if (found != place.parent->entries.end()) place.node = found->second;
  return place;
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenMode mode) {
  const bool creates = mode == OpenMode::kCreateExclusive || mode == OpenMode::kCreateOrOpen;
  const std::string_view doing = creates ? "creating" : "opening";
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto place, place_of(doing, path));
  if (!place.node) {
    if (!creates) return system_failure(doing, path, ENOENT);
    place.node = std::make_shared<MemoryNode>(false);
    place.node->modified_ms.store(clock_.wall_ms());
    place.parent->entries.emplace(place.name, place.node);
  } else if (mode == OpenMode::kCreateExclusive) {
    return system_failure(doing, path, EEXIST);
  }
  if (place.node->is_directory) return system_failure(doing, path, EISDIR);
  return std::make_unique<MemoryFile>(path, mode != OpenMode::kRead, place.node, clock_);
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  const auto node = find_locked(directory);
  if (!node) return system_failure("listing", directory, ENOENT);
  if (!node->is_directory) return system_failure("listing", directory, ENOTDIR);
  std::vector<std::string> names;
  for (const auto& [name, child] : node->entries) names.push_back(name);
  return names;
}

bool MemoryFileSystem::exists(const std::string& path) {
  return find(path) != nullptr;
}

bool MemoryFileSystem::is_directory(const std::string& path) {
  const auto node = find(path);
  return node && node->is_directory;
}

Result<void> MemoryFileSystem::make_directory(const std::string& path) {
  if (is_directory(path)) return {};
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto place, place_of("making directory", path));
  if (place.node) return system_failure("making directory", path, EEXIST);
  place.parent->entries.emplace(place.name, std::make_shared<MemoryNode>(true));
  return {};
}

Result<void> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto source, place_of("renaming", from));
  TRY_ASSIGN(auto target, place_of("renaming " + from + " to", to));
  if (!source.node) return system_failure("renaming", from, ENOENT);
  if (source.node == target.node) return {};
  if (target.node) {
    if (target.node->is_directory != source.node->is_directory) {
      return system_failure("renaming " + from + " to", to,
                            target.node->is_directory ? EISDIR : ENOTDIR);
    }
    if (!target.node->entries.empty()) {
      return system_failure("renaming " + from + " to", to, ENOTEMPTY);
    }
  }
  target.parent->entries[target.name] = source.node;
  source.parent->entries.erase(source.name);
  return {};
}

Result<void> MemoryFileSystem::remove_file(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto place, place_of("removing", path));
  if (!place.node) return system_failure("removing", path, ENOENT);
  if (place.node->is_directory) return system_failure("removing", path, EISDIR);
  place.parent->entries.erase(place.name);
  return {};
}

Result<void> MemoryFileSystem::remove_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY_ASSIGN(auto place, place_of("removing directory", path));
  if (!place.node) return system_failure("removing directory", path, ENOENT);
  if (!place.node->is_directory) return system_failure("removing directory", path, ENOTDIR);
  if (!place.node->entries.empty()) return system_failure("removing directory", path, ENOTEMPTY);
  place.parent->entries.erase(place.name);
  return {};
}

Result<void> MemoryFileSystem::sync_directory(const std::string& directory) {
  if (is_directory(directory)) return {};
  return system_failure("opening directory", directory, ENOENT);
}

Result<FreeSpace> MemoryFileSystem::free_space(const std::string& /*path*/) {
  const std::lock_guard lock(mutex_);
  return space_;
}

void MemoryFileSystem::set_free_space(FreeSpace space) {
  const std::lock_guard lock(mutex_);
  space_ = space;
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path) {
  class Lock final : public FileLock {
   public:
    Lock(std::shared_ptr<LockTable> table, std::shared_ptr<MemoryNode> node)
        : table_(std::move(table)), node_(std::move(node)) {}
    ~Lock() override {
      const std::lock_guard guard(table_->mutex);
      table_->held.erase(node_.get());
    }

   private:
    std::shared_ptr<LockTable> table_;
    std::shared_ptr<MemoryNode> node_;
  };
  TRY_ASSIGN(const auto file, open(path, OpenMode::kCreateOrOpen));
  auto node = find(path);
  const std::lock_guard guard(locks_->mutex);
  if (!locks_->held.insert(node.get()).second) {
    return fail(ErrorKind::kRefused, path + ": locked by another process");
  }
  return std::make_unique<Lock>(locks_, std::move(node));
}

Result<std::int64_t> MemoryFileSystem::modified_ms(const std::string& path) {
  const auto node = find(path);
  if (!node) return system_failure("stat of", path, ENOENT);
  return node->modified_ms.load();
}

}  // namespace kreel::fs
