#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "coordinator/record_writer.hpp"
#include "coordinator/transaction_config.hpp"
#include "coordinator/transaction_requests.hpp"
#include "protocol/messages/list_transactions.hpp"

namespace kreel::coordinator {

struct Transaction;

/// The transaction coordinator of one io thread: the partitions of __transaction_state that were
/// loaded into it. Every function is called on the thread of `executor` alone; no locks inside. A
/// transactional id belongs to the shard that owns partition_for_transactional_id(); others answer
/// NOT_COORDINATOR, and COORDINATOR_LOAD_IN_PROGRESS while their partition is being replayed.
///
/// Replies go out when the records that they tell of are on disk, whatever the flush mode; that of
/// EndTxn when the transaction is over (see transaction/coordinator.hpp). When a write fails the
/// partition answers what waits with NOT_COORDINATOR and replays its log.
///
/// Authorization is the caller's, and so is whether partitions exist.
class TransactionShard {
 public:
  struct Environment {
    Executor& executor;
    const Clock& clock;
    RecordWriter& writer;  ///< of __transaction_state; durable means on disk
    MarkerWriter& markers;
    ProducerIdSource producer_ids;
  };

  /// On any thread; nothing runs before load().
  TransactionShard(Environment environment, const TransactionConfig& config);
  /// Answers everything parked with NOT_COORDINATOR.
  ~TransactionShard();
  TransactionShard(const TransactionShard&) = delete;
  TransactionShard& operator=(const TransactionShard&) = delete;

  /// Takes the partition over and replays its log; transactions that were about to end go on. The
  /// epoch is that of the partition's leader and goes into markers.
  void load(PartitionId partition, std::int32_t coordinator_epoch, BatchSource source,
            std::function<void()> loaded);
  void unload(PartitionId partition);

  /// InitProducerId v0-5 with a transactional id. PRODUCER_FENCED, also for versions that have
  /// another word for it. A transaction that is open is aborted first.
  void init(protocol::InitProducerIdRequest request, InitReply reply);
  void add(AddPartitions request, Reply<protocol::ErrorCode> reply);
  /// NONE for partitions that are in the producer's open transaction, TRANSACTION_ABORTABLE for the
  /// others.
  void verify(AddPartitions request, VerifyReply reply);
  void end(EndTransaction request, EndReply reply);

  void describe(std::vector<std::string> transactional_ids,
                Reply<std::vector<DescribedTransaction>> reply);
  /// All of this shard that pass the filters, but for the pattern.
  void list(protocol::ListTransactionsRequest request,
            Reply<protocol::ListTransactionsResponse> reply);

  /// What the records say; null for an unknown id.
  const Transaction* find(std::string_view transactional_id) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kreel::coordinator
