#include "storage/compaction_transactions.hpp"

#include <utility>

#include "protocol/control_record.hpp"

namespace kreel::storage {

void CompactionTransactions::add_aborted(std::span<const AbortedTxn> transactions) {
  for (const auto& one : transactions) not_begun_.emplace(one.first_offset, one);
}

void CompactionTransactions::begin_up_to(Offset offset) {
  while (!not_begun_.empty() && not_begun_.begin()->first <= offset) {
    const auto& next = not_begun_.begin()->second;
    auto& current = aborting_[next.producer_id];
    if (current.transaction.last_offset < next.first_offset) current = {next, false};
    not_begun_.erase(not_begun_.begin());
  }
}

bool CompactionTransactions::is_aborted(const protocol::BatchHeader& header) {
  begin_up_to(header.last_offset());
  if (!header.is_transactional()) return false;
  const auto found = aborting_.find(header.producer_id);
  if (found != aborting_.end() && header.last_offset() < found->second.transaction.last_offset) {
    found->second.was_met = true;
    return true;
  }
  committing_.insert(header.producer_id);
  return false;
}

bool CompactionTransactions::marker_is_needless(const protocol::BatchHeader& header,
                                                ByteView batch) {
  if (header.record_count == 0) return true;  // it was emptied before
  begin_up_to(header.last_offset());
  const auto marker = protocol::read_end_txn_marker(batch);
  if (!marker) return false;
  bool was_met = committing_.erase(header.producer_id) > 0;
  if (marker->committed) return !was_met;
  const auto found = aborting_.find(header.producer_id);
  if (found == aborting_.end()) return !was_met;
  if (found->second.was_met) {
    kept_.push_back(found->second.transaction);
    was_met = true;
  }
  aborting_.erase(found);
  return !was_met;
}

std::vector<AbortedTxn> CompactionTransactions::take_kept() {
  return std::exchange(kept_, {});
}

}  // namespace kreel::storage
