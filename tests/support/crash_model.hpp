#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "fs/memory_file_system.hpp"

namespace kreel::test {

using Node = std::shared_ptr<fs::MemoryNode>;

/// What a crash makes of one operation that nothing has made durable yet.
enum class Fate : std::uint8_t {
  kLost,
  kKept,
  kZeroed,  ///< a write: the size has grown, the data is zeros
  kTorn     ///< a write: some of its 512-byte sectors arrived
};

/// One legal outcome of a crash: a fate for each pending operation, oldest first.
struct CrashChoice {
  std::vector<Fate> fates;
  /// Chooses the sectors of torn writes; 0 keeps the first half.
  std::uint64_t tear_seed = 0;
};

/// The value of one name in a directory; `child` is nullptr when the name is gone.
struct EntryChange {
  Node directory;
  std::string name;
  Node child;
};

/// Knows, beside a live tree in memory, what of it is durable and what a crash may take back:
/// written data until the file is synced, names until their directory is. A write may be lost while
/// a later one of the same file is kept; a change of a name only together with the later changes of
/// that name. Not thread-safe.
class CrashModel {
 public:
  explicit CrashModel(Node root) : root_(std::move(root)) {}

  /// Before the live tree changes.
  void will_write(const Node& file, ByteView bytes, std::uint64_t position);
  void will_truncate(const Node& file, std::uint64_t size_bytes);
  void will_change_entries_of(const Node& directory) { durable_entries(directory); }
  /// After it has: one change, or two that happen together (a rename).
  void entries_changed(std::vector<EntryChange> changes);

  void file_synced(const Node& file);
  void directory_synced(const Node& directory);
  /// The sync has failed and the pages count as clean: no later sync writes what is pending now.
  void sync_failed(const Node& file);

  Bytes durable_content(const Node& file) const;
  std::size_t pending_count() const { return pending_.size(); }
  /// All outcomes when at most three operations are pending, else `sample_count` of them: all kept,
  /// all lost, then chosen by `random`.
  std::vector<CrashChoice> choices(Random& random, std::size_t sample_count) const;
  /// The tree that is found after the crash; shares nothing with this one.
  Node image(const CrashChoice& choice) const;
  /// "write 0.log 61@122 lost; ..." for a failure report.
  std::string describe(const CrashChoice& choice) const;

 private:
  struct Pending {
    enum class Kind { kWrite, kTruncate, kEntries };
    Kind kind = Kind::kWrite;
    Node file;
    std::uint64_t position = 0;  // kTruncate: the new size
    Bytes bytes;
    std::vector<EntryChange> changes;
    bool doomed = false;  // a failed sync covered it
  };
  using Entries = std::map<std::string, Node>;

  static bool depends(const Pending& later, const Pending& earlier);
  static void apply_entries(const Pending& op, std::map<Node, Entries>& entries);
  static void apply_to(Bytes& content, const Pending& op, Fate fate, std::uint64_t tear_seed);
  bool is_legal(const CrashChoice& choice) const;
  void repair(CrashChoice& choice) const;
  std::vector<CrashChoice> all_choices() const;
  CrashChoice sample(Random& random) const;
  Entries& durable_entries(const Node& directory);

  Node root_;
  // As of the last sync; a node that is not listed is durable as it is in the live tree.
  std::map<Node, Bytes> durable_content_;
  std::map<Node, Entries> durable_entries_;
  std::vector<Pending> pending_;
};

}  // namespace kreel::test
