#pragma once

#include <string>
#include <vector>

#include "base/executor.hpp"
#include "coordinator/transaction_service.hpp"

namespace kreel::coordinator {

/// Brings transaction requests from any io thread to the shard that owns the transactional id, and
/// the replies back. Immutable after construction, hence thread-safe; shards and executors must
/// outlive it.
class TransactionRouter {
 public:
  struct Shard {
    Executor* executor = nullptr;
    TransactionShard* transactions = nullptr;
  };

  /// Partition p of __transaction_state belongs to shard p mod shards.size().
  TransactionRouter(std::vector<Shard> shards, std::int32_t partition_count);

  std::size_t shard_of_partition(PartitionId partition) const;
  PartitionId partition_of(std::string_view transactional_id) const;

  // Each takes the executor of the calling thread (`home`), on which `reply` is called exactly
  // once, inside the call or later.
  void init(Executor& home, protocol::InitProducerIdRequest request, InitReply reply) const;
  void add(Executor& home, AddPartitions request, Reply<protocol::ErrorCode> reply) const;
  void verify(Executor& home, AddPartitions request, VerifyReply reply) const;
  void end(Executor& home, EndTransaction request, EndReply reply) const;
  void describe(Executor& home, std::vector<std::string> transactional_ids,
                Reply<protocol::DescribeTransactionsResponse> reply) const;
  void list(Executor& home, protocol::ListTransactionsRequest request,
            Reply<protocol::ListTransactionsResponse> reply) const;

 private:
  const Shard& shard_for(std::string_view transactional_id) const;

  std::vector<Shard> shards_;
  std::int32_t partition_count_;
};

}  // namespace kreel::coordinator
