#pragma once

#include <cstdint>
#include <unordered_map>

#include "storage/transaction.hpp"

namespace kreel::storage {

/// The transactions of one partition about which their coordinators are being asked, because they
/// have no records here yet (KIP-890). Not thread-safe: under the append lock.
class TxnVerification {
 public:
  /// One guard for all batches of a producer that come in while the answer is awaited.
  TxnGuard start(const TxnQuestion& question);
  /// Whether `guard` is still good for this producer.
  bool holds(ProducerId id, TxnGuard guard) const;
  /// Whether a batch with this sequence would go in front of one that is still to come: then that
  /// one could never be appended.
  bool is_ahead(const TxnQuestion& question, bool producer_is_known) const;
  /// The first batch or a marker of this producer was appended.
  void end(ProducerId id) { pending_.erase(id); }
  std::size_t size() const { return pending_.size(); }

 private:
  struct Pending {
    TxnGuard guard;
    ProducerEpoch epoch = -1;
    std::int32_t lowest_sequence = 0;
    bool epoch_per_transaction = false;
  };

  std::unordered_map<ProducerId, Pending> pending_;
  std::uint64_t next_id_ = 1;
};

}  // namespace kreel::storage
