#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/executor.hpp"
#include "coordinator/reply.hpp"
#include "coordinator/transaction_marker.hpp"
#include "protocol/messages/describe_transactions.hpp"
#include "protocol/messages/end_txn.hpp"
#include "protocol/messages/init_producer_id.hpp"

namespace kreel::coordinator {

/// AddPartitionsToTxn, AddOffsetsToTxn, and what Produce 12+ and TxnOffsetCommit 5+ do by
/// themselves; or only the question whether the transaction has these partitions.
struct AddPartitions {
  std::string transactional_id;
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  std::set<storage::TopicPartition> partitions;
  std::int16_t client_version = kTransactionsV0;
};

struct EndTransaction {
  std::string transactional_id;
  ProducerId producer_id = -1;
  ProducerEpoch producer_epoch = -1;
  bool committed = false;
  std::int16_t client_version = kTransactionsV0;
};

/// Asks for a producer id that nobody has had; nullopt when none can be made durable. Called on the
/// shard's thread, and so is the callback: exactly once, inside the call or later.
using ProducerIdSource = std::function<void(std::function<void(std::optional<ProducerId>)>)>;

/// Asks the transaction coordinator whether a producer's transaction includes the partition of
/// __consumer_offsets, and adds it where clients leave that to the broker. The callback comes
/// exactly once, on `home`.
using TransactionCheck =
    std::function<void(Executor& home, std::function<void(protocol::ErrorCode)> done)>;

using InitReply = Reply<protocol::InitProducerIdResponse>;
using EndReply = Reply<protocol::EndTxnResponse>;
using DescribedTransaction = protocol::DescribeTransactionsResponse::TransactionState;
/// An error per partition, in the order of AddPartitions::partitions.
using VerifyReply = Reply<std::vector<protocol::ErrorCode>>;

}  // namespace kreel::coordinator
