#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/actors.hpp"

namespace kreel::sim {

/// What became of the transactions of one producer, as far as it was told.
struct TransactionBook {
  enum class Fate : std::uint8_t { kUnknown, kCommitted, kAborted };
  std::map<std::int64_t, Fate> fates;  // by the number of the transaction
};

/// A transactional producer: in each transaction a value for each of its partitions and an offset
/// for a group, then a commit or an abort. When something is not known it starts with a new epoch.
class TransactionActor final : public Actor {
 public:
  TransactionActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                   const std::string& name, std::vector<TopicPartition> targets);
  void start() override { ask_for_id(); }

  const TransactionBook& book() const { return book_; }
  const std::vector<TopicPartition>& targets() const { return targets_; }
  std::string group() const { return name() + "-group"; }
  /// What it writes in transaction `number`.
  std::string value_of(std::int64_t number) const;
  /// What it commits offsets of.
  static const TopicPartition& source();

 private:
  void ask_for_id();
  void start_over();
  void begin();
  void add_partitions();
  void produce(std::size_t target);
  void add_offsets();
  void commit_offsets();
  void end();
  /// Whether the step went well; else a new epoch is asked for.
  bool went_well(const char* step, protocol::ErrorCode error);
  /// Calls `next` when the reply is there and says that all is well.
  template <class Api>
  void step(const char* what, const typename Api::Request& request, protocol::Version version,
            std::function<protocol::ErrorCode(const typename Api::Response&)> error_of,
            std::function<void(const typename Api::Response&)> next);

  std::vector<TopicPartition> targets_;
  TransactionBook book_;
  bool second_version_;  // KIP-890: partitions are added by what is produced
  std::int64_t producer_id_ = -1;
  std::int16_t epoch_ = -1;
  std::vector<std::int32_t> sequences_;
  std::int64_t transaction_ = 0;
  bool commits_ = true;
  int attempt_ = 0;  // what belongs to an older one is void
};

/// Reads partitions of transactions to their last stable offset and says what is wrong with them:
/// something of an aborted transaction, half of one, or a committed one that is missing.
class TransactionAudit final : public Actor {
 public:
  TransactionAudit(World& world, Ledger& ledger, Node& node, const Weather& weather,
                   const std::string& name, std::vector<const TransactionActor*> producers);
  void start() override;
  bool is_done() const { return done_; }

 private:
  struct Source {
    TopicPartition at;
    Offset next = 0;
    bool done = false;
    std::set<std::string> values;  // "producer-transaction"
    std::map<std::int64_t, std::set<Offset>> aborted_from;
  };
  void fetch();
  void take(Source& source, const protocol::FetchResponse::PartitionData& data);
  void ask_offset(std::size_t producer);
  void check(const TransactionActor& producer, Offset committed);

  std::vector<const TransactionActor*> producers_;
  std::vector<TransactionBook> books_;
  std::vector<Source> sources_;
  bool done_ = false;
};

}  // namespace kreel::sim
