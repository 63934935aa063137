#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "catalog/journal.hpp"
#include "catalog/state.hpp"
#include "storage/checkpoint_file.hpp"

namespace kreel::catalog {

/// The state and its journal: commit() makes records durable, then true. Thread-safe; takes no
/// other lock inside its own.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(fs::FileSystem& fs, std::string path);

  /// Called once, with the store's lock held, when the journal is broken.
  void set_failure_handler(std::function<void(const Error&)> handler);

  /// All records or none. Blocks on the disk.
  Result<void> commit(std::span<const Record> records);
  Result<void> commit(Record record) { return commit(std::span(&record, 1)); }

  /// Remembered with the next commit(): for what may be lost, but must not be seen after it.
  void commit_with_next(Record record);

  /// By topic name; those of topics that are gone are left out.
  Result<void> move_log_starts(const storage::OffsetsByPartition& starts);

  /// Asked when the disk is full: whether there is room for another try.
  void set_space_maker(std::function<bool()> make_space);

  State state() const;
  ProducerId next_producer_id() const;

 private:
  Store() = default;
  Result<void> commit_locked(std::span<const Record> records);
  Result<void> append_to_journal(ByteView payload);
  void compact_if_worth_it();
  void report_if_broken(const Error& error);

  mutable std::mutex mutex_;
  std::unique_ptr<Journal> journal_;
  State state_;
  std::vector<Record> with_next_;
  std::function<void(const Error&)> failure_handler_;
  std::function<bool()> make_space_;
  std::uint64_t compact_at_bytes_ = 0;
};

}  // namespace kreel::catalog
