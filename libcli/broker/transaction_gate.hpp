#pragma once

#include "base/executor.hpp"
#include "coordinator/transaction_requests.hpp"

namespace kreel::broker {

/// What Produce asks of a transaction's coordinator before its first batch in a partition. From any
/// io thread, whose executor is `home`; the reply comes there.
class TransactionGate {
 public:
  virtual ~TransactionGate() = default;
  /// Adds the partitions to the producer's transaction, or begins one with them (KIP-890).
  virtual void add(Executor& home, coordinator::AddPartitions request,
                   coordinator::Reply<protocol::ErrorCode> reply) const = 0;
  /// Asks whether the transaction has them: an error for each, in the order of the set.
  virtual void verify(Executor& home, coordinator::AddPartitions request,
                      coordinator::VerifyReply reply) const = 0;
};

}  // namespace kreel::broker
