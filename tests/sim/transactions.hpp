#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/actors.hpp"

namespace kreel::sim {

/// What a producer was told of a transaction, and of a batch.
enum class Fate : std::uint8_t { kUnknown, kCommitted, kAborted };
enum class Word : std::uint8_t { kUnknown, kTaken, kRefused };

/// What became of one transaction, as far as its producer was told.
struct TransactionEntry {
  struct Value {
    std::size_t target = 0;
    std::string text;
    std::int32_t sequence = 0;
    int times_sent = 0;
    bool may_be_there = false;  ///< nobody knows what became of one attempt
    Word word = Word::kUnknown;
  };
  Fate fate = Fate::kAborted;
  std::int64_t producer_id = -1;
  std::int64_t from_ms = 0;
  std::int64_t to_ms = std::numeric_limits<std::int64_t>::max();
  std::vector<Value> values;
  Word offset = Word::kRefused;  ///< the group's
};

/// By the number of the transaction.
using TransactionBook = std::map<std::int64_t, TransactionEntry>;

/// What the producers of one transactional id were given: each id and epoch is one producer's.
class TransactionalId {
 public:
  TransactionalId(World& world, std::string name) : world_(world), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  void granted(const Actor& producer, std::int64_t producer_id, std::int16_t epoch);
  /// Whether somebody else has been given a newer one: then nothing of this one counts any more.
  bool is_fenced(const Actor& producer, std::int64_t producer_id, std::int16_t epoch) const;

 private:
  friend class TransactionActor;
  using IdAndEpoch = std::pair<std::int64_t, std::int16_t>;

  World& world_;
  std::string name_;
  std::map<IdAndEpoch, const Actor*> holders_;
  std::int64_t ended_ = 0;  // transactions
  std::int64_t ended_at_calm_ = 0;
};

/// The versions in which a client speaks: of those before KIP-890 any mixture.
struct Dialect {
  explicit Dialect(World& world);

  bool is_second;  ///< partitions are added by what is produced, each transaction has an epoch
  protocol::Version init, add_partitions, produce, add_offsets, commit_offsets, end;
  bool names_itself() const { return init >= 3; }
};

/// A transactional producer: in each transaction some values for each of its partitions and an
/// offset for a group, then a commit or an abort. Batches go out without waiting for each other; an
/// abort, and sometimes all of a transaction, without waiting for the batches. When something is
/// not known it tries again, or starts with a new epoch, and what it has sent before may still
/// come. Sometimes it stops for seconds and goes on as if it was still the one, and some stop for
/// good, whatever they have open.
class TransactionActor final : public Actor {
 public:
  TransactionActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                   const std::string& name, TransactionalId& id,
                   std::vector<TopicPartition> targets);
  void start() override { ask_for_id(false); }
  void faults_are_over() override;
  /// Of two that fence each other one goes on, whichever.
  void check_progress() override;

  const TransactionBook& book() const { return book_; }
  const std::vector<TopicPartition>& targets() const { return targets_; }
  std::string group() const { return name() + "-group"; }
  /// What it commits offsets of.
  static const TopicPartition& source();

 private:
  enum class Style : std::uint8_t {
    kStepByStep,
    kRacing,  ///< the abort does not wait for the batches
    kAtOnce   ///< all on one connection, nothing waits for anything
  };

  // transaction_actor.cpp
  void ask_for_id(bool names_itself);
  void answered_init(bool names_itself, bool was_fenced,
                     const protocol::InitProducerIdResponse& response);
  void start_over(protocol::ErrorCode why);
  void begin();
  void run();
  void run_at_once();
  void add_partitions(std::function<void()> next);
  void add_offsets(std::function<void()> next);
  void commit_offsets(std::function<void()> next);
  void go_to_end();
  void end(bool commits);
  void ended(bool commits, bool was_fenced, const protocol::EndTxnResponse& response);
  void end_again(bool commits);
  void over();
  void sometimes_pause(std::function<void()> next);
  void wait(std::int64_t delay_ms, std::function<void()> next);
  /// Something is wrong with an error that no broker may give here.
  void judge(const char* step, protocol::ErrorCode error);
  template <class Api>
  void step(const char* what, const typename Api::Request& request, protocol::Version version,
            std::function<protocol::ErrorCode(const typename Api::Response&)> error_of,
            std::function<void()> next);
  Client& coordinator() { return has_two_connections_ ? second_ : client_; }
  TransactionEntry& entry() { return book_[transaction_]; }
  bool is_fenced() const { return id_.is_fenced(*this, producer_id_, epoch_); }

  // transaction_batches.cpp
  void make_values();
  void send_batches();
  void send_batch(std::size_t index);
  void note_answer(std::int64_t transaction, std::size_t index, bool was_fenced,
                   std::optional<protocol::ErrorCode> error, Offset base_offset);
  void check_order(const std::vector<TransactionEntry::Value>& values, std::size_t index,
                   protocol::ErrorCode error);
  void batches_answered();
  void count_taken();

  TransactionalId& id_;
  Client second_;
  std::vector<TopicPartition> targets_;
  TransactionBook book_;
  Dialect dialect_;
  bool has_two_connections_;
  std::int64_t producer_id_ = -1;
  std::int16_t epoch_ = -1;
  std::vector<std::int32_t> sequences_;
  std::int64_t transaction_ = 0;
  bool commits_ = true;
  Style style_ = Style::kStepByStep;
  int in_flight_ = 0;
  int retries_left_ = 0;
  bool end_is_unknown_ = false;
  bool has_ended_ = false;
  bool is_pausing_ = false;
  std::int64_t last_ms_;  // stops for good at the first transaction that is open then
  int attempt_ = 0;       // what belongs to an older one is void
};

}  // namespace kreel::sim
