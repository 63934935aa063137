#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "broker/transaction_gate.hpp"
#include "coordinator/transaction_router.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// The transaction coordinator as the broker runs it: one shard per io thread, over the partitions
/// of __transaction_state.
class TransactionService final : public TransactionGate {
 public:
  explicit TransactionService(Broker& broker);
  ~TransactionService() override;

  /// Gives every partition of __transaction_state to its shard, which replays it and finishes what
  /// was about to end. Once, when the topic exists, io threads run and groups are being loaded.
  void load();

  /// Immutable; its calls bring a request to the shard that owns the transactional id.
  const coordinator::TransactionRouter& router() const { return *router_; }

  void add(Executor& home, coordinator::AddPartitions request,
           coordinator::Reply<protocol::ErrorCode> reply) const override;
  void verify(Executor& home, coordinator::AddPartitions request,
              coordinator::VerifyReply reply) const override;

  /// Destroys the shards on their threads; what is parked is answered. After the last request, and
  /// before the groups stop.
  void stop();

 private:
  struct Shard;

  Broker& broker_;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<coordinator::TransactionRouter> router_;
};

}  // namespace kreel::broker
