#include <algorithm>

#include "storage/names.hpp"
#include "storage/segment.hpp"

// A segment's aborted transactions: derived data like its indexes. The file is written for every
// segment, also for one without, so that a missing one is known to be missing.

namespace kreel::storage {

void Segment::add_aborted(const AbortedTxn& aborted) {
  const std::lock_guard lock(index_mutex_);
  aborted_.push_back(aborted);
  aborted_file_is_right_ = false;
  aborted_from_.store(std::min(aborted_from_.load(), aborted.first_offset));
}

void Segment::set_aborted(std::vector<AbortedTxn> entries, bool on_disk) {
  const std::lock_guard lock(index_mutex_);
  aborted_ = std::move(entries);
  aborted_written_ = on_disk ? aborted_.size() : 0;
  aborted_file_is_right_ = on_disk;
  aborted_sync_is_due_ = !on_disk;
  auto from = std::numeric_limits<Offset>::max();
  for (const auto& aborted : aborted_) from = std::min(from, aborted.first_offset);
  aborted_from_.store(from);
}

std::vector<AbortedTxn> Segment::aborted() const {
  const std::lock_guard lock(index_mutex_);
  return aborted_;
}

bool Segment::aborted_is_written() const {
  const std::lock_guard lock(index_mutex_);
  return aborted_file_is_right_;
}

bool Segment::collect_aborted(Offset from, Offset to, std::vector<AbortedTxn>& found) const {
  if (aborted_from_.load() >= to) return true;
  const std::lock_guard lock(index_mutex_);
  return storage::collect_aborted(aborted_, from, to, found);
}

Result<void> Segment::write_aborted(bool sync) {
  if (held_.load()) return {};
  Bytes bytes;
  std::size_t from = 0;
  {
    const std::lock_guard lock(index_mutex_);
    if (aborted_file_is_right_ && !(sync && aborted_sync_is_due_)) return {};
    from = aborted_written_;
    bytes = encode_aborted(std::span(aborted_).subspan(from));
  }
  TRY(write_entries(fs_, path(kTxnIndexSuffix), from * AbortedTxn::kBytes, bytes, sync));
  const std::lock_guard lock(index_mutex_);
  aborted_written_ = from + bytes.size() / AbortedTxn::kBytes;
  aborted_file_is_right_ = aborted_written_ == aborted_.size();
  aborted_sync_is_due_ = !sync;
  return {};
}

}  // namespace kreel::storage
