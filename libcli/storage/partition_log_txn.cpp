#include <algorithm>

#include <fmt/core.h>

#include "base/planted_bug.hpp"
#include "storage/partition_log.hpp"

// Transactions in one partition: which batches and markers may come, and how far a read_committed
// consumer may read.

namespace kreel::storage {
namespace {

using protocol::ErrorCode;

TxnQuestion question_of(const protocol::BatchHeader& header) {
  return {header.producer_id, header.producer_epoch, header.base_sequence, false};
}

bool refuse_txn(AppendResult& result, ErrorCode error, std::string message) {
  result.error = error;
  result.error_message = std::move(message);
  return false;
}

}  // namespace

TxnGuard PartitionLog::start_verification(const TxnQuestion& question) {
  protocol::BatchHeader header;
  header.producer_id = question.producer_id;
  header.producer_epoch = question.producer_epoch;
  const std::lock_guard lock(append_mutex_);
  if (producers_.continues_transaction(header)) return {};
  return verification_.start(question);
}

/// With the append lock held: a producer's data, in or out of a transaction. Its sequence is looked
/// at before and after this, in Kafka's order.
bool PartitionLog::transaction_may_append(const Appending& appending, AppendResult& result) const {
  const auto& header = appending.header;
  const auto* entry = producers_.find(header.producer_id);
  if (!header.is_transactional()) {
    if (entry == nullptr || !entry->has_open_txn()) return true;
    return refuse_txn(
        result, ErrorCode::INVALID_TXN_STATE,
        fmt::format("producer {} has a transaction open, and the batch is not part of it",
                    header.producer_id));
  }
  if (producers_.continues_transaction(header)) return true;
  if (!verification_.holds(header.producer_id, appending.guard) && !KREEL_BUG("skip_guard")) {
    return refuse_txn(result, ErrorCode::INVALID_TXN_STATE,
                      fmt::format("the partition is not part of the transaction of producer {}",
                                  header.producer_id));
  }
  const bool is_known = entry != nullptr && !entry->empty();
  if (!verification_.is_ahead(question_of(header), is_known)) return true;
  return refuse_txn(result, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
                    fmt::format("sequence {} of producer {} epoch {} is ahead of its first batch",
                                header.base_sequence, header.producer_id, header.producer_epoch));
}

/// With the append lock held.
bool PartitionLog::marker_may_append(const Appending& appending, AppendResult& result) {
  const auto& header = appending.header;
  const auto& marker = *appending.marker;
  const auto* entry = producers_.find(header.producer_id);
  if (entry != nullptr && !entry->has_open_txn() && entry->epoch == header.producer_epoch &&
      entry->coordinator_epoch == marker.coordinator_epoch) {
    // Most likely it was here before, and its answer was lost. But it may also end a transaction
    // that has nothing here yet, of which a batch is under way.
    if (!KREEL_BUG("keep_late_batches")) verification_.end(header.producer_id);
    result.duplicate = true;
    result.last_offset = end_.offset - 1;
    result.log_start_offset = log_start_.load(std::memory_order_relaxed);
    return false;
  }
  const auto error = producers_.check_marker(
      {header.producer_id, header.producer_epoch, marker.coordinator_epoch, marker.committed,
       appending.transaction_version, appending.by_its_coordinator});
  if (error == ErrorCode::NONE) return true;
  return refuse_txn(
      result, error,
      fmt::format("a marker of producer {} epoch {} from coordinator epoch {} is late",
                  header.producer_id, header.producer_epoch, marker.coordinator_epoch));
}

/// With the append lock held: the batch is in the file.
std::optional<CompletedTxn> PartitionLog::note_producer(const Appending& appending) {
  const auto& header = appending.header;
  const auto now = context_.clock.wall_ms();
  if (header.is_transactional()) verification_.end(header.producer_id);
  if (!appending.marker) {
    producers_.record(header, now);
    return std::nullopt;
  }
  const auto completed = producers_.end_transaction(header, *appending.marker, now);
  const bool is_aborted = completed && completed->aborted && !KREEL_BUG("hide_aborted");
  if (is_aborted) segments_->back()->add_aborted(*completed->aborted);
  return completed;
}

/// With the state lock held.
Offset PartitionLog::last_stable_locked() const {
  const auto first =
      KREEL_BUG("count_markers_at_once") ? first_open_ : std::min(first_open_, first_unsettled_);
  return std::max(std::min(high_watermark_.offset, first), log_start_.load());
}

/// With the state lock held, after the high watermark has moved: a transaction holds the last
/// stable offset back until its marker cannot be lost any more.
void PartitionLog::settle_transactions() {
  const auto is_settled = [&](const CompletedTxn& txn) {
    return txn.last_offset < high_watermark_.offset;
  };
  if (unsettled_.empty() || !is_settled(unsettled_.front())) return;
  while (!unsettled_.empty() && is_settled(unsettled_.front())) unsettled_.pop_front();
  first_unsettled_ = kNoTxn;
  for (const auto& txn : unsettled_) {
    first_unsettled_ = std::min(first_unsettled_, txn.first_offset);
  }
}

}  // namespace kreel::storage
