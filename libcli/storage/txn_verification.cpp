#include "storage/txn_verification.hpp"

#include <algorithm>

#include "storage/limits.hpp"

namespace kreel::storage {

TxnGuard TxnVerification::start(const TxnQuestion& question) {
  if (pending_.size() >= kVerificationsPerLogMax && !pending_.contains(question.producer_id)) {
    // The oldest question has had its answer long ago, or its client asks again.
    pending_.erase(std::ranges::min_element(
        pending_, {}, [](const auto& item) { return item.second.guard.id; }));
  }
  auto [found, is_new] = pending_.try_emplace(question.producer_id);
  auto& pending = found->second;
  if (is_new) pending.guard.id = next_id_++;
  pending.epoch_per_transaction = question.epoch_per_transaction;
  if (is_new || question.producer_epoch > pending.epoch) {
    pending.epoch = question.producer_epoch;
    pending.lowest_sequence = question.base_sequence;
  } else if (question.producer_epoch == pending.epoch) {
    pending.lowest_sequence = std::min(pending.lowest_sequence, question.base_sequence);
  }
  return pending.guard;
}

bool TxnVerification::holds(ProducerId id, TxnGuard guard) const {
  const auto found = pending_.find(id);
  return guard && found != pending_.end() && found->second.guard.id == guard.id;
}

bool TxnVerification::is_ahead(const TxnQuestion& question, bool producer_is_known) const {
  const auto found = pending_.find(question.producer_id);
  if (found == pending_.end()) return false;
  const auto& pending = found->second;
  if (pending.epoch_per_transaction && !producer_is_known && question.base_sequence != 0) {
    return true;
  }
  return question.base_sequence > pending.lowest_sequence;
}

}  // namespace kreel::storage
