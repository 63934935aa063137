#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/reply.hpp"
#include "coordinator/runtime.hpp"
#include "coordinator/timer.hpp"
#include "coordinator/transaction/transaction.hpp"
#include "coordinator/transaction_config.hpp"
#include "coordinator/transaction_requests.hpp"
#include "protocol/messages/list_transactions.hpp"

namespace kreel::coordinator {

/// The transactions of one partition of __transaction_state, as Kafka's TransactionCoordinator,
/// TransactionMetadata and TransactionMarkerChannelManager have them. Requests are those of
/// TransactionShard, which has checked that the partition is loaded. Single-threaded; every entry
/// is one Outbox::Step.
///
/// The end of a transaction: what its partitions hold is on disk, PREPARE is on disk (from here on
/// the verdict stands), the markers are on disk, COMPLETE is on disk, the producer is answered. A
/// restart in between goes on from PREPARE. So whoever has the answer finds nothing left to do, and
/// no request meets a transaction that is half over, unless a marker cannot be written: then it is
/// told CONCURRENT_TRANSACTIONS, and the markers are tried again.
class TransactionCoordinator final : public StateMachine {
 public:
  struct Environment {
    Executor& executor;
    const Clock& clock;
    RecordWriter& writer;
    MarkerWriter& markers;
    const ProducerIdSource& producer_ids;
    const TransactionConfig& config;
    Outbox& outbox;
  };
  using Transactions = std::map<std::string, Transaction, std::less<>>;

  TransactionCoordinator(PartitionId partition, std::int32_t coordinator_epoch,
                         const Environment& environment);

  PartitionRuntime& runtime() { return runtime_; }
  const Transactions& transactions() const { return transactions_; }

  // init_producer_id.cpp
  void init(protocol::InitProducerIdRequest request, InitReply reply) {
    init(std::move(request), -1, std::move(reply));
  }
  // add_partitions.cpp
  void add(const AddPartitions& request, Reply<protocol::ErrorCode> reply);
  void verify(const AddPartitions& request, VerifyReply reply);
  // end_txn.cpp
  void end(const EndTransaction& request, EndReply reply) { end(request, {}, std::move(reply)); }
  // timeouts.cpp
  void abort_timed_out();
  void remove_expired();
  // describe.cpp
  void describe(const std::string& transactional_id, Reply<DescribedTransaction> reply);
  std::vector<protocol::ListTransactionsResponse::TransactionState> list(
      const protocol::ListTransactionsRequest& request) const;

  // StateMachine
  void replay(const Replayed& record) override;
  void replay_transaction_end(ProducerId, bool) override {}
  void loaded() override;
  void clear() override;

 private:
  /// Told how a transaction ended, or why that is not known.
  using Ended = std::function<void(protocol::ErrorCode, const Transaction& completed)>;

  /// What is not in the records.
  struct Live {
    /// The epoch before the last InitProducerId or transaction: a request that names it is a retry.
    ProducerEpoch last_epoch = -1;
    std::int64_t deadline_ms = 0;  ///< on the monotonic clock
    std::set<storage::TopicPartition> marked;
    bool is_marking = false;
    std::vector<Ended> waiting;
  };

  /// What PREPARE needs and takes time.
  struct Preparation {
    std::set<storage::TopicPartition> durable;
    ProducerId fresh_id = -1;
  };

  // coordinator.cpp
  const Transaction* find(std::string_view transactional_id) const;
  Live& live(const std::string& transactional_id) { return live_[transactional_id]; }
  void write(const std::string& transactional_id, const Transaction& transaction,
             PartitionRuntime::Done done);
  /// Sends what was computed from records that may not be on disk yet; an error of that goes
  /// instead.
  template <class Response>
  void answer(Reply<Response> reply, Response response);
  std::weak_ptr<int> life() const { return life_; }

  // init_producer_id.cpp
  void init_new(protocol::InitProducerIdRequest request, ProducerId fresh_id, InitReply reply);
  void init_known(protocol::InitProducerIdRequest request, ProducerId fresh_id, InitReply reply);
  void init_with_fresh_id(protocol::InitProducerIdRequest request, InitReply reply);
  void init_when_ended(const protocol::InitProducerIdRequest& request, InitReply reply,
                       protocol::ErrorCode ended);
  void init(protocol::InitProducerIdRequest request, ProducerId fresh_id, InitReply reply);

  // end_txn.cpp
  void end(const EndTransaction& request, Preparation preparation, EndReply reply);
  void make_durable(const EndTransaction& request, Preparation preparation, EndReply reply);
  void fetch_producer_id(const EndTransaction& request, Preparation preparation, EndReply reply);

  // markers.cpp
  void prepare(const std::string& transactional_id, const Ending& ending, Ended ended);
  void when_ended(const std::string& transactional_id, Ended ended);
  void write_markers(const std::string& transactional_id);
  void markers_written(const std::string& transactional_id,
                       const std::vector<storage::TopicPartition>& partitions,
                       const std::vector<protocol::ErrorCode>& errors);
  void complete(const std::string& transactional_id);
  void retry_markers();

  Environment environment_;
  std::int32_t coordinator_epoch_;
  Transactions transactions_;
  std::map<std::string, Live, std::less<>> live_;
  std::shared_ptr<int> life_;
  Timer retry_;
  PartitionRuntime runtime_;
};

}  // namespace kreel::coordinator
