#pragma once

#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/record_batch.hpp"
#include "storage/aborted_index.hpp"

namespace kreel::storage {

/// The transactions that a walk of compaction has met, in the order of the log: says which batches
/// are of aborted ones, and which markers have nothing left before them. Not thread-safe.
class CompactionTransactions {
 public:
  /// Aborted ones that may overlap what is walked.
  void add_aborted(std::span<const AbortedTxn> transactions);

  /// A batch of records: whether its transaction was aborted.
  bool is_aborted(const protocol::BatchHeader& header);
  /// A control batch: whether no batch of its transaction was met, so that it is of no use to
  /// readers any more.
  bool marker_is_needless(const protocol::BatchHeader& header, ByteView batch);
  /// Aborted ones whose markers were met since the last call and stay.
  std::vector<AbortedTxn> take_kept();

 private:
  struct Aborting {
    AbortedTxn transaction;
    bool was_met = false;
  };
  void begin_up_to(Offset offset);

  std::multimap<Offset, AbortedTxn> not_begun_;
  std::unordered_map<ProducerId, Aborting> aborting_;
  std::unordered_set<ProducerId> committing_;  ///< or nothing is known of them
  std::vector<AbortedTxn> kept_;
};

}  // namespace kreel::storage
