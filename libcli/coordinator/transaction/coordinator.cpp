#include "coordinator/transaction/coordinator.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "coordinator/transaction/answer.hpp"
#include "coordinator/transaction/records.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;

namespace {

log::RateLimited malformed_transaction_log(10'000);

/// In the records, a version 2 transaction that ends or has ended tells its epoch by the next one.
/// Whoever has been given an id and an epoch has fenced all before: those are never a retry.
ProducerEpoch epoch_before(const Transaction& transaction) {
  const bool is_new = transaction.state == TransactionState::kEmpty;
  if (is_new || transaction.client_version < kTransactionsV2) return -1;
  return transaction.producer_epoch > 0 ? static_cast<ProducerEpoch>(transaction.producer_epoch - 1)
                                        : kLastClientEpoch;
}

}  // namespace

TransactionCoordinator::TransactionCoordinator(PartitionId partition,
                                               std::int32_t coordinator_epoch,
                                               const Environment& environment)
    : environment_(environment),
      coordinator_epoch_(coordinator_epoch),
      life_(std::make_shared<int>(0)),
      retry_(environment.executor, environment.clock),
      runtime_(partition,
               {environment.executor, environment.clock, environment.writer, environment.outbox,
                "__transaction_state"},
               *this) {}

const Transaction* TransactionCoordinator::find(std::string_view transactional_id) const {
  const auto found = transactions_.find(transactional_id);
  return found == transactions_.end() ? nullptr : &found->second;
}

void TransactionCoordinator::write(const std::string& transactional_id,
                                   const Transaction& transaction, PartitionRuntime::Done done) {
  runtime_.write({transaction_record(transactional_id, transaction)}, std::move(done));
}

void TransactionCoordinator::replay(const Replayed& replayed) {
  auto record = read_transaction_record(replayed.key, replayed.value);
  if (!record) {
    malformed_transaction_log.write(log::Level::kWarning,
                                    "coordinator: __transaction_state holds a record that is not "
                                    "one of Kafka's; it is skipped");
    return;
  }
  const std::string& id = record->transactional_id;
  if (!record->value) {
    transactions_.erase(id);
    live_.erase(id);
    return;
  }
  const Transaction* before = find(id);
  const bool begins = record->value->state == TransactionState::kOngoing &&
                      (before == nullptr || before->state != TransactionState::kOngoing);
  if (begins) {
    // How long it has been open is known by the wall clock alone after a restart.
    const std::int64_t timeout_ms = std::max(0, record->value->timeout_ms);
    const TimestampMs now_ms = environment_.clock.wall_ms();
    const TimestampMs since_ms = std::clamp(record->value->started_ms, now_ms - timeout_ms, now_ms);
    live(id).deadline_ms = environment_.clock.monotonic_ms() + timeout_ms - (now_ms - since_ms);
  }
  const bool is_new = record->value->state == TransactionState::kEmpty;
  const bool tells_epoch = !(is_new && KREEL_BUG("forget_fencing"));
  if (record->value->state != TransactionState::kOngoing && tells_epoch) {
    live(id).last_epoch = epoch_before(*record->value);
  }
  transactions_.insert_or_assign(id, std::move(*record->value));
}

void TransactionCoordinator::loaded() {
  for (const auto& [id, transaction] : transactions_) {
    if (transaction.is_ending() && !KREEL_BUG("leave_prepared")) write_markers(id);
  }
}

void TransactionCoordinator::clear() {
  life_ = std::make_shared<int>(0);
  retry_.cancel();
  transactions_.clear();
  for (auto& [id, live] : std::exchange(live_, {})) {
    for (Ended& ended : live.waiting) {
      environment_.outbox.push(
          [ended = std::move(ended)] { ended(ErrorCode::NOT_COORDINATOR, Transaction{}); });
    }
  }
}

}  // namespace kreel::coordinator
