#include <fmt/format.h>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "coordinator/limits.hpp"
#include "coordinator/transaction/coordinator.hpp"
#include "coordinator/transaction/records.hpp"

// Transactions that take too long, and transactional ids that nobody uses any more.

namespace kreel::coordinator {

using protocol::ErrorCode;

void TransactionCoordinator::abort_timed_out() {
  const std::int64_t now_ms = environment_.clock.monotonic_ms();
  std::vector<std::string> due;
  for (const auto& [id, transaction] : transactions_) {
    const bool is_ongoing = transaction.state == TransactionState::kOngoing;
    const bool is_late = live(id).deadline_ms <= now_ms && !KREEL_BUG("never_time_out");
    if (is_ongoing && is_late) due.push_back(id);
  }
  for (const std::string& id : due) {
    log::info(
        fmt::format("coordinator: the transaction of {} is aborted after its timeout of {} ms", id,
                    find(id)->timeout_ms));
    // The raised epoch fences the producer: what it sends late belongs to no transaction.
    prepare(id, {.committed = false, .client_version = kTransactionsV2},
            [](ErrorCode, const Transaction&) {});
  }
}

void TransactionCoordinator::remove_expired() {
  const TimestampMs oldest_ms =
      environment_.clock.wall_ms() - environment_.config.transactional_id_expiration_ms;
  std::vector<Record> tombstones;
  for (const auto& [id, transaction] : transactions_) {
    if (transaction.is_open() || transaction.updated_ms > oldest_ms) continue;
    tombstones.push_back(transaction_tombstone(id));
    if (tombstones.size() == kTombstonesPerBatchMax) break;  // the others next time
  }
  runtime_.write(std::move(tombstones), [](ErrorCode) {});
}

}  // namespace kreel::coordinator
