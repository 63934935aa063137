#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/transactions.hpp"

namespace kreel::sim {

/// What a read_committed consumer gets of one partition, from its start.
struct CommittedPartition {
  TopicPartition at;
  Offset next = 0;
  Offset end = -1;  ///< how far it is to be read, from the first answer
  Offset last_stable = 0;
  std::map<std::string, Offset> values;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> last_of;  ///< each producer
  std::map<std::int64_t, std::set<Offset>> aborted_from;

  bool is_read() const { return end >= 0 && next >= end; }
};

/// Reads partitions of transactions as committed, over and over, and says what is wrong with what
/// it gets: a last stable offset that goes back or is past the high watermark, a value that is
/// there twice, or in another order than that of its producer.
class CommittedReader : public Actor {
 public:
  CommittedReader(World& world, Ledger& ledger, Node& node, const Weather& weather,
                  const std::string& name, const std::vector<TopicPartition>& sources);
  void start() override { fetch(); }
  const std::vector<CommittedPartition>& partitions() const { return partitions_; }

 protected:
  /// When each partition was read to its end once; true to stop.
  virtual bool all_read() { return false; }
  virtual std::int64_t pause_ms() { return world_.between(0, 600); }

 private:
  void fetch();
  void take(CommittedPartition& partition, const protocol::FetchResponse::PartitionData& data);
  void take_batch(CommittedPartition& partition, const protocol::BatchHeader& header,
                  ByteView batch);
  void check_order(CommittedPartition& partition, const std::string& value);

  std::vector<CommittedPartition> partitions_;
};

class OperatorActor;

/// Reads all transactions and says what is wrong with them: something of an aborted one, half of
/// one, a committed one that is missing, or one that somebody has read and that is gone.
class TransactionAudit final : public CommittedReader {
 public:
  TransactionAudit(World& world, Ledger& ledger, Node& node, const Weather& weather,
                   const std::string& name, const std::vector<TopicPartition>& sources,
                   std::vector<const TransactionActor*> producers,
                   std::vector<const CommittedReader*> readers, const OperatorActor* an_operator);
  void start() override;
  bool is_done() const { return done_; }

 private:
  bool all_read() override;
  std::int64_t pause_ms() override { return 1; }
  void ask_group_offset(std::size_t producer);
  void check(const TransactionActor& producer, const TransactionBook& book, Offset committed);
  /// Whether any of it can be read.
  bool check_values(const TransactionActor& producer, std::int64_t number,
                    const TransactionEntry& entry);
  void check_readers();

  std::vector<const TransactionActor*> producers_;
  std::vector<const CommittedReader*> readers_;
  const OperatorActor* operator_;
  std::vector<TransactionBook> books_;
  bool done_ = false;
};

/// Aborts transactions in single partitions, of records or of groups' offsets, as one does by hand
/// with those that hang: these too, and others, whose coordinators go on.
class OperatorActor final : public Actor {
 public:
  OperatorActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                const std::string& name, std::vector<TopicPartition> partitions);
  void start() override;
  void check_progress() override {}
  /// Whether values of this transaction may be missing in `at`.
  bool may_have_aborted(const TransactionEntry& entry, const TopicPartition& at) const;
  bool may_have_aborted_offsets(const TransactionEntry& entry) const;

 private:
  struct Strike {
    std::int64_t producer_id = -1;
    TopicPartition at;
    std::int64_t from_ms = 0;
    std::int64_t to_ms = 0;
    bool may_hit(const TransactionEntry& entry) const;
  };
  void look();
  void abort(const TopicPartition& at,
             const protocol::DescribeProducersResponse::ProducerState& producer);

  std::vector<TopicPartition> partitions_;
  std::vector<Strike> strikes_;
};

}  // namespace kreel::sim
