#include "catalog/store.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/log.hpp"

namespace kreel::catalog {
namespace {

// A journal of many times the state's size costs a start more than rewriting it now and then.
constexpr std::uint64_t kGrowthBeforeCompaction = 4;
constexpr std::uint64_t kSmallestCompaction = 1U << 20;

}  // namespace

Result<std::unique_ptr<Store>> Store::open(fs::FileSystem& fs, std::string path) {
  std::unique_ptr<Store> store(new Store());
  const auto replay = [&store](ByteView payload) -> Result<void> {
    TRY_ASSIGN(const auto records, decode_records(payload));
    for (const Record& record : records) TRY(store->state_.apply(record));
    return {};
  };
  TRY_ASSIGN(auto journal, Journal::open(fs, std::move(path), replay));
  store->journal_ = std::make_unique<Journal>(std::move(journal));
  store->compact_at_bytes_ = kSmallestCompaction;
  store->compact_if_worth_it();
  return store;
}

Result<void> Store::commit(std::span<const Record> records) {
  const std::lock_guard lock(mutex_);
  return commit_locked(records);
}

Result<void> Store::commit_locked(std::span<const Record> records) {
  std::vector<Record> all = with_next_;
  all.insert(all.end(), records.begin(), records.end());
  if (auto appended = append_to_journal(encode_records(all)); !appended) {
    report_if_broken(appended.error());
    return appended;
  }
  with_next_.clear();
  for (const Record& record : all) {
    KREEL_ASSERT(state_.apply(record).has_value(), "a change that does not fit the catalog");
  }
  compact_if_worth_it();
  return {};
}

/// What a full disk has refused is tried again for as long as somebody makes space.
Result<void> Store::append_to_journal(ByteView payload) {
  while (true) {
    auto appended = journal_->append(payload);
    if (appended || journal_->is_broken()) return appended;
    if (!fs::is_out_of_space(appended.error()) || !make_space_ || !make_space_()) return appended;
  }
}

void Store::commit_with_next(Record record) {
  const std::lock_guard lock(mutex_);
  with_next_.push_back(std::move(record));
}

Result<void> Store::move_log_starts(const storage::OffsetsByPartition& starts) {
  const std::lock_guard lock(mutex_);
  std::vector<Record> records;
  for (const auto& [partition, offset] : starts) {
    const auto found = state_.topics.find(partition.topic);
    if (found == state_.topics.end()) continue;
    records.emplace_back(LogStartMoved{found->second.id, partition.partition, offset});
  }
  if (records.empty()) return {};
  return commit_locked(records);
}

void Store::compact_if_worth_it() {
  if (journal_->size_bytes() < compact_at_bytes_) return;
  const Bytes whole = encode_records(state_.to_records());
  compact_at_bytes_ = std::max(kSmallestCompaction, kGrowthBeforeCompaction * whole.size());
  if (journal_->size_bytes() < compact_at_bytes_) return;
  if (const auto rewritten = journal_->rewrite(whole); !rewritten) {
    compact_at_bytes_ = journal_->size_bytes() + kSmallestCompaction;
    report_if_broken(rewritten.error());
    log::warning("the catalog's journal stays long: " + rewritten.error().message());
  }
}

void Store::set_failure_handler(std::function<void(const Error&)> handler) {
  const std::lock_guard lock(mutex_);
  failure_handler_ = std::move(handler);
}

void Store::set_space_maker(std::function<bool()> make_space) {
  const std::lock_guard lock(mutex_);
  make_space_ = std::move(make_space);
}

void Store::report_if_broken(const Error& error) {
  if (!journal_->is_broken() || !failure_handler_) return;
  std::exchange(failure_handler_, nullptr)(error);
}

State Store::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

ProducerId Store::next_producer_id() const {
  const std::lock_guard lock(mutex_);
  return state_.next_producer_id;
}

}  // namespace kreel::catalog
