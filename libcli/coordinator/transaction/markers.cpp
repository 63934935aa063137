#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "coordinator/transaction/coordinator.hpp"

// From PREPARE to COMPLETE.

namespace kreel::coordinator {

using protocol::ErrorCode;
using storage::TopicPartition;

namespace {

constexpr std::int64_t kRetryMarkersMs = 1'000;

log::RateLimited marker_log(10'000);

/// Whether the partition has nothing open of this transaction (any more).
bool is_over(const TopicPartition& partition, ErrorCode error, std::string_view transactional_id) {
  switch (error) {
    case ErrorCode::NONE:
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:  // deleted meanwhile
      return true;
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::TRANSACTION_COORDINATOR_FENCED:
      // Kafka gives up the whole transaction here, which then never ends (KAFKA-19999).
      marker_log.write(
          log::Level::kWarning,
          fmt::format("coordinator: {} has a newer epoch than the transaction of {} "
                      "that ends ({}); there is nothing of it to end there",
                      partition.to_string(), transactional_id, protocol::to_string(error)));
      return true;
    default:
      return false;
  }
}

}  // namespace

void TransactionCoordinator::prepare(const std::string& transactional_id, const Ending& ending,
                                     Ended ended) {
  const Transaction next = prepared(*find(transactional_id), ending, environment_.clock.wall_ms());
  live(transactional_id).marked.clear();
  when_ended(transactional_id, std::move(ended));
  // After a failed write clear() answers who waits.
  write(transactional_id, next, [this, transactional_id](ErrorCode error) {
    if (error == ErrorCode::NONE) write_markers(transactional_id);
  });
}

void TransactionCoordinator::when_ended(const std::string& transactional_id, Ended ended) {
  live(transactional_id).waiting.push_back(std::move(ended));
}

void TransactionCoordinator::write_markers(const std::string& transactional_id) {
  const Transaction* transaction = find(transactional_id);
  // A retry and the first attempt may both come here.
  if (transaction == nullptr || !transaction->is_ending()) return;
  Live& state = live(transactional_id);
  if (state.is_marking) return;
  std::vector<TopicPartition> due;
  std::ranges::set_difference(transaction->partitions, state.marked, std::back_inserter(due));
  if (due.empty()) return complete(transactional_id);
  if (KREEL_BUG("forget_marker") && due.size() > 1) due.pop_back();
  state.is_marking = true;
  const TransactionMarker marker{
      .producer_id = transaction->producer_id,
      .producer_epoch = transaction->producer_epoch,
      .committed = transaction->state == TransactionState::kPrepareCommit,
      .coordinator_epoch = coordinator_epoch_,
      .transaction_version = transaction->client_version,
      .by_its_coordinator = true};
  environment_.markers.write(
      marker, due, [this, life = life(), transactional_id, due](std::vector<ErrorCode> errors) {
        if (life.expired()) return;
        const Outbox::Step step(environment_.outbox);
        markers_written(transactional_id, due, errors);
      });
}

void TransactionCoordinator::markers_written(const std::string& transactional_id,
                                             const std::vector<TopicPartition>& partitions,
                                             const std::vector<ErrorCode>& errors) {
  Live& state = live(transactional_id);
  state.is_marking = false;
  bool all_over = true;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (is_over(partitions[i], errors[i], transactional_id)) {
      state.marked.insert(partitions[i]);
      continue;
    }
    all_over = false;
    marker_log.write(
        log::Level::kWarning,
        fmt::format("coordinator: the end of {}'s transaction cannot be written to {} "
                    "({}); it is tried again",
                    transactional_id, partitions[i].to_string(), protocol::to_string(errors[i])));
  }
  if (all_over) return complete(transactional_id);
  for (const Ended& ended : std::exchange(state.waiting, {})) {
    ended(ErrorCode::CONCURRENT_TRANSACTIONS, {});
  }
  if (!retry_.is_set()) retry_.set(kRetryMarkersMs, [this] { retry_markers(); });
}

void TransactionCoordinator::retry_markers() {
  const Outbox::Step step(environment_.outbox);
  std::vector<std::string> due;
  for (const auto& [id, transaction] : transactions_) {
    if (transaction.is_ending()) due.push_back(id);
  }
  for (const std::string& id : due) {
    // PREPARE may not be there yet.
    runtime_.after_durable([this, id](ErrorCode error) {
      if (error == ErrorCode::NONE) write_markers(id);
    });
  }
}

void TransactionCoordinator::complete(const std::string& transactional_id) {
  const Transaction next = completed(*find(transactional_id), environment_.clock.wall_ms());
  write(transactional_id, next,
        [next, waiting = std::exchange(live(transactional_id).waiting, {})](ErrorCode error) {
          for (const Ended& ended : waiting) ended(error, next);
        });
}

}  // namespace kreel::coordinator
