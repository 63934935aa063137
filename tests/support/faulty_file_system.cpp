#include "support/faulty_file_system.hpp"

#include <cerrno>

#include <algorithm>
#include <numeric>
#include <utility>

#include "fs/system_error.hpp"

namespace kreel::test {
namespace {

bool can_hit(FaultCause cause, OpKind kind) {
  switch (cause) {
    case FaultCause::kIo:
      return true;
    case FaultCause::kNoSpace:
      return kind == OpKind::kCreate || kind == OpKind::kWrite || kind == OpKind::kPreallocate ||
             kind == OpKind::kMakeDirectory || kind == OpKind::kRename;
    case FaultCause::kTooManyFiles:
      return kind == OpKind::kOpen || kind == OpKind::kCreate || kind == OpKind::kList ||
             kind == OpKind::kSyncDirectory || kind == OpKind::kLock;
    case FaultCause::kShortWrite:
      return kind == OpKind::kWrite;
  }
  return false;
}

int errno_of(FaultCause cause) {
  switch (cause) {
    case FaultCause::kIo:
      return EIO;
    case FaultCause::kTooManyFiles:
      return EMFILE;
    case FaultCause::kNoSpace:
    case FaultCause::kShortWrite:
      return ENOSPC;
  }
  return EIO;
}

}  // namespace

std::string_view name_of(OpKind kind) {
  static constexpr std::string_view kNames[kOpKinds] = {
      "open", "create", "read",           "write",  "truncate", "preallocate",    "sync",
      "stat", "list",   "make directory", "rename", "remove",   "sync directory", "lock"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool changes_state(OpKind kind) {
  switch (kind) {
    case OpKind::kOpen:
    case OpKind::kRead:
    case OpKind::kStatus:
    case OpKind::kList:
    case OpKind::kPreallocate:
      return false;
    default:
      return true;
  }
}

class FaultyFileSystem::FaultyFile final : public fs::File {
 public:
  FaultyFile(FaultyFileSystem& owner, std::unique_ptr<fs::File> live, Node node)
      : owner_(owner), live_(std::move(live)), node_(std::move(node)) {}

  const std::string& path() const override { return live_->path(); }

  Result<void> write_at(ByteView bytes, std::uint64_t position) override {
    owner_.enter(OpKind::kWrite, path());
    const std::lock_guard lock(owner_.mutex_);
    return owner_.write(node_, *live_, bytes, position);
  }

  Result<std::size_t> read_at(MutableByteView into, std::uint64_t position) const override {
    owner_.enter(OpKind::kRead, path());
    const std::lock_guard lock(owner_.mutex_);
    TRY(owner_.fail_if_hit(OpKind::kRead, path()));
    return live_->read_at(into, position);
  }

  Result<std::uint64_t> size_bytes() const override {
    owner_.enter(OpKind::kStatus, path());
    const std::lock_guard lock(owner_.mutex_);
    TRY(owner_.fail_if_hit(OpKind::kStatus, path()));
    return live_->size_bytes();
  }

  Result<void> truncate(std::uint64_t size_bytes) override {
    owner_.enter(OpKind::kTruncate, path());
    const std::lock_guard lock(owner_.mutex_);
    TRY(owner_.fail_if_hit(OpKind::kTruncate, path()));
    owner_.model_.will_truncate(node_, size_bytes);
    return live_->truncate(size_bytes);
  }

  Result<void> preallocate(std::uint64_t size_bytes) override {
    owner_.enter(OpKind::kPreallocate, path());
    const std::lock_guard lock(owner_.mutex_);
    TRY(owner_.fail_if_hit(OpKind::kPreallocate, path()));
    return live_->preallocate(size_bytes);
  }

  Result<void> sync_data() override {
    owner_.enter(OpKind::kSync, path());
    const std::lock_guard lock(owner_.mutex_);
    return owner_.sync(node_, path());
  }

 private:
  FaultyFileSystem& owner_;
  std::unique_ptr<fs::File> live_;
  Node node_;
};

FaultyFileSystem::FaultyFileSystem(const Clock& clock)
    : FaultyFileSystem(std::make_shared<fs::MemoryNode>(true), clock) {}

FaultyFileSystem::FaultyFileSystem(Node image, const Clock& clock)
    : root_(std::move(image)), live_(root_, clock), model_(root_) {}

FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::enter(OpKind kind, const std::string& path) {
  Op op{0, kind, path};
  Hook hook;
  {
    const std::lock_guard lock(mutex_);
    ++counts_[static_cast<std::size_t>(kind)];
    op.number = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    hook = hook_;
  }
  if (hook) hook(op);
}

std::optional<Fault> FaultyFileSystem::hit(OpKind kind, const std::string& path) {
  std::optional<Fault> result;
  for (auto& [fault, seen] : faults_) {
    if (fault.kind && *fault.kind != kind) continue;
    if (!can_hit(fault.cause, kind) || path.find(fault.path_contains) == std::string::npos) {
      continue;
    }
    ++seen;
    if (!result && (seen == fault.nth || (fault.sticky && seen > fault.nth))) result = fault;
  }
  if (result) ++fault_count_;
  return result;
}

Result<void> FaultyFileSystem::fail_if_hit(OpKind kind, const std::string& path) {
  const auto fault = hit(kind, path);
  if (!fault) return {};
  return fs::system_failure(name_of(kind), path, errno_of(fault->cause));
}

Result<void> FaultyFileSystem::write(const Node& node, fs::File& file, ByteView bytes,
                                     std::uint64_t position) {
  const auto fault = hit(OpKind::kWrite, file.path());
  if (fault && fault->cause == FaultCause::kShortWrite) bytes = bytes.first(bytes.size() / 2);
  if (!fault || fault->cause == FaultCause::kShortWrite) {
    model_.will_write(node, bytes, position);
    TRY(file.write_at(bytes, position));
  }
  if (!fault) return {};
  return fs::system_failure("writing", file.path(), errno_of(fault->cause));
}

Result<void> FaultyFileSystem::sync(const Node& node, const std::string& path) {
  const auto late = std::find(late_failures_.begin(), late_failures_.end(), node);
  if (late != late_failures_.end()) {
    late_failures_.erase(late);
    return fs::system_failure("syncing", path, EIO);
  }
  const auto fault = hit(OpKind::kSync, path);
  if (!fault || fault->sync == SyncFailure::kOnNextCall) {
    if (fault) late_failures_.push_back(node);
    model_.file_synced(node);
    return {};
  }
  if (fault->sync != SyncFailure::kStillDirty) model_.sync_failed(node);
  if (fault->sync == SyncFailure::kCleanOldContent) {
    const std::unique_lock lock(node->mutex);
    const auto size = node->content.size();
    node->content = model_.durable_content(node);
    node->content.resize(size);
  }
  return fs::system_failure("syncing", path, errno_of(fault->cause));
}

Result<std::unique_ptr<fs::File>> FaultyFileSystem::open(const std::string& path,
                                                         fs::OpenMode mode) {
  const bool creates =
      (mode == fs::OpenMode::kCreateExclusive || mode == fs::OpenMode::kCreateOrOpen) &&
      !live_.exists(path);
  const auto kind = creates ? OpKind::kCreate : OpKind::kOpen;
  enter(kind, path);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(kind, path));
  const auto directory = live_.find(fs::parent_directory(path));
  if (creates && directory) model_.will_change_entries_of(directory);
  TRY_ASSIGN(auto file, live_.open(path, mode));
  auto node = live_.find(path);
  if (creates) {
    model_.entries_changed({{directory, path.substr(path.rfind('/') + 1), node}});
  }
  return std::make_unique<FaultyFile>(*this, std::move(file), std::move(node));
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) {
  enter(OpKind::kList, directory);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kList, directory));
  return live_.list(directory);
}

bool FaultyFileSystem::exists(const std::string& path) {
  return live_.exists(path);
}

bool FaultyFileSystem::is_directory(const std::string& path) {
  return live_.is_directory(path);
}

Result<void> FaultyFileSystem::make_directory(const std::string& path) {
  if (live_.is_directory(path)) return {};
  enter(OpKind::kMakeDirectory, path);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kMakeDirectory, path));
  const auto directory = live_.find(fs::parent_directory(path));
  if (directory) model_.will_change_entries_of(directory);
  TRY(live_.make_directory(path));
  model_.entries_changed({{directory, path.substr(path.rfind('/') + 1), live_.find(path)}});
  return {};
}

Result<void> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  enter(OpKind::kRename, from);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kRename, from));
  const auto source = live_.find(fs::parent_directory(from));
  const auto target = live_.find(fs::parent_directory(to));
  const auto moved = live_.find(from);
  if (source) model_.will_change_entries_of(source);
  if (target) model_.will_change_entries_of(target);
  TRY(live_.rename(from, to));
  model_.entries_changed({{source, from.substr(from.rfind('/') + 1), nullptr},
                          {target, to.substr(to.rfind('/') + 1), moved}});
  return {};
}

Result<void> FaultyFileSystem::remove(const std::string& path, bool is_directory) {
  enter(OpKind::kRemove, path);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kRemove, path));
  const auto directory = live_.find(fs::parent_directory(path));
  if (directory) model_.will_change_entries_of(directory);
  TRY(is_directory ? live_.remove_directory(path) : live_.remove_file(path));
  model_.entries_changed({{directory, path.substr(path.rfind('/') + 1), nullptr}});
  return {};
}

Result<void> FaultyFileSystem::remove_file(const std::string& path) {
  return remove(path, false);
}

Result<void> FaultyFileSystem::remove_directory(const std::string& path) {
  return remove(path, true);
}

Result<void> FaultyFileSystem::sync_directory(const std::string& directory) {
  enter(OpKind::kSyncDirectory, directory);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kSyncDirectory, directory));
  TRY(live_.sync_directory(directory));
  model_.directory_synced(live_.find(directory));
  return {};
}

Result<fs::FreeSpace> FaultyFileSystem::free_space(const std::string& path) {
  enter(OpKind::kStatus, path);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kStatus, path));
  return live_.free_space(path);
}

Result<std::unique_ptr<fs::FileLock>> FaultyFileSystem::lock(const std::string& path) {
  enter(OpKind::kLock, path);
  const std::lock_guard guard(mutex_);
  TRY(fail_if_hit(OpKind::kLock, path));
  const auto directory = live_.find(fs::parent_directory(path));
  const bool creates = !live_.exists(path);
  if (creates && directory) model_.will_change_entries_of(directory);
  auto held = live_.lock(path);
  if (held && creates) {
    model_.entries_changed({{directory, path.substr(path.rfind('/') + 1), live_.find(path)}});
  }
  return held;
}

Result<std::int64_t> FaultyFileSystem::modified_ms(const std::string& path) {
  enter(OpKind::kStatus, path);
  const std::lock_guard lock(mutex_);
  TRY(fail_if_hit(OpKind::kStatus, path));
  return live_.modified_ms(path);
}

void FaultyFileSystem::set_free_space(fs::FreeSpace space) {
  live_.set_free_space(space);
}

void FaultyFileSystem::set_hook(Hook hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

std::uint64_t FaultyFileSystem::op_count() const {
  const std::lock_guard lock(mutex_);
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t FaultyFileSystem::op_count(OpKind kind) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(kind)];
}

void FaultyFileSystem::inject(Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back({std::move(fault), 0});
}

void FaultyFileSystem::clear_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  late_failures_.clear();
}

std::uint64_t FaultyFileSystem::fault_count() const {
  const std::lock_guard lock(mutex_);
  return fault_count_;
}

std::size_t FaultyFileSystem::pending_count() const {
  const std::lock_guard lock(mutex_);
  return model_.pending_count();
}

std::vector<CrashChoice> FaultyFileSystem::crash_choices(Random& random,
                                                         std::size_t sample_count) const {
  const std::lock_guard lock(mutex_);
  return model_.choices(random, sample_count);
}

Node FaultyFileSystem::crash_image(const CrashChoice& choice) const {
  const std::lock_guard lock(mutex_);
  return model_.image(choice);
}

std::string FaultyFileSystem::describe(const CrashChoice& choice) const {
  const std::lock_guard lock(mutex_);
  return model_.describe(choice);
}

Node FaultyFileSystem::image_after_kill() const {
  const std::lock_guard lock(mutex_);
  return model_.image({std::vector<Fate>(model_.pending_count(), Fate::kKept), 0});
}

}  // namespace kreel::test
