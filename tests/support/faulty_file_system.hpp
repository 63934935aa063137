#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "fs/memory_file_system.hpp"
#include "support/crash_model.hpp"

namespace kreel::test {

enum class OpKind : std::uint8_t {
  kOpen,    ///< of a file that exists
  kCreate,  ///< an open that makes the file
  kRead,
  kWrite,
  kTruncate,
  kPreallocate,
  kSync,
  kStatus,  ///< size, modification time, free space
  kList,
  kMakeDirectory,
  kRename,
  kRemove,  ///< a file or an empty directory
  kSyncDirectory,
  kLock,
};
inline constexpr std::size_t kOpKinds = 14;
std::string_view name_of(OpKind kind);
/// Whether the operation may change what a crash leaves behind.
bool changes_state(OpKind kind);

struct Op {
  std::uint64_t number = 0;  ///< from 1, counting every operation of the file system
  OpKind kind = OpKind::kOpen;
  std::string path;
};

enum class FaultCause : std::uint8_t { kIo, kNoSpace, kTooManyFiles, kShortWrite };

/// What is true of the file after a sync has failed.
enum class SyncFailure : std::uint8_t {
  kCleanNewContent,  ///< reads show the new data, no later sync writes it
  kCleanOldContent,  ///< the page was dropped: reads show what is on disk
  kStillDirty,       ///< a second sync would succeed and be true
  kOnNextCall        ///< this sync succeeds and is true; the file's next one fails
};

/// Makes operations fail on purpose.
struct Fault {
  /// Nothing: every kind that the cause can hit.
  std::optional<OpKind> kind;
  FaultCause cause = FaultCause::kIo;
  /// Counts, from 1, the operations that match from now on.
  std::uint64_t nth = 1;
  /// All later ones fail, too.
  bool sticky = false;
  SyncFailure sync = SyncFailure::kCleanNewContent;
  /// Only operations on paths that contain it.
  std::string path_contains;
};

/// A file system in memory that crashes and fails on purpose, repeatable from a seed. Operations
/// are serialised, so it may be used from several threads.
class FaultyFileSystem final : public fs::FileSystem {
 public:
  explicit FaultyFileSystem(const Clock& clock = system_clock());
  /// Boots from what a crash left; everything in `image` is durable.
  FaultyFileSystem(Node image, const Clock& clock);
  ~FaultyFileSystem() override;

  Result<std::unique_ptr<fs::File>> open(const std::string& path, fs::OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  bool exists(const std::string& path) override;
  bool is_directory(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove_file(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<fs::FreeSpace> free_space(const std::string& path) override;
  Result<std::unique_ptr<fs::FileLock>> lock(const std::string& path) override;
  Result<std::int64_t> modified_ms(const std::string& path) override;

  void set_free_space(fs::FreeSpace space);

  /// Called before each operation, with no lock held: a harness crashes here.
  using Hook = std::function<void(const Op& op)>;
  void set_hook(Hook hook);
  std::uint64_t op_count() const;
  std::uint64_t op_count(OpKind kind) const;

  void inject(Fault fault);
  void clear_faults();
  /// How many operations have failed on purpose.
  std::uint64_t fault_count() const;

  /// CrashModel's, at this moment. The file system goes on as if nothing had happened.
  std::size_t pending_count() const;
  std::vector<CrashChoice> crash_choices(Random& random, std::size_t sample_count) const;
  Node crash_image(const CrashChoice& choice) const;
  std::string describe(const CrashChoice& choice) const;
  /// Every pending operation kept: what the death of the process alone leaves.
  Node image_after_kill() const;

 private:
  class FaultyFile;
  struct ArmedFault {
    Fault fault;
    std::uint64_t seen = 0;
  };

  /// Counts the operation and runs the hook.
  void enter(OpKind kind, const std::string& path);
  /// The fault that hits the operation; with mutex_ held.
  std::optional<Fault> hit(OpKind kind, const std::string& path);
  Result<void> fail_if_hit(OpKind kind, const std::string& path);
  Result<void> remove(const std::string& path, bool is_directory);
  Result<void> write(const Node& node, fs::File& file, ByteView bytes, std::uint64_t position);
  Result<void> sync(const Node& node, const std::string& path);

  mutable std::mutex mutex_;
  Node root_;
  fs::MemoryFileSystem live_;
  CrashModel model_;
  Hook hook_;
  std::array<std::uint64_t, kOpKinds> counts_{};
  std::vector<ArmedFault> faults_;
  std::vector<Node> late_failures_;  // SyncFailure::kOnNextCall
  std::uint64_t fault_count_ = 0;
};

}  // namespace kreel::test
