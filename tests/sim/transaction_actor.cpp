#include "sim/transactions.hpp"

#include <utility>

#include <fmt/format.h>

namespace kreel::sim {
namespace {

using protocol::ErrorCode;

constexpr std::int32_t kTransactionTimeoutMs = 4'000;
constexpr int kRetriesMax = 3;
constexpr std::int64_t kNeverMs = 1'000'000'000;

bool says_fenced(ErrorCode error) {
  return error == ErrorCode::PRODUCER_FENCED || error == ErrorCode::INVALID_PRODUCER_EPOCH;
}

protocol::Version some_version(World& world, protocol::Version low, protocol::Version high) {
  return static_cast<protocol::Version>(world.between(low, high));
}

}  // namespace

void TransactionalId::granted(const Actor& producer, std::int64_t producer_id, std::int16_t epoch) {
  const auto [known, is_new] = holders_.try_emplace({producer_id, epoch}, &producer);
  if (is_new || known->second == &producer) return;
  world_.violation(
      fmt::format("{}: producer {} epoch {} was given to two", name_, producer_id, epoch));
}

bool TransactionalId::is_fenced(const Actor& producer, std::int64_t producer_id,
                                std::int16_t epoch) const {
  for (auto newer = holders_.upper_bound({producer_id, epoch}); newer != holders_.end(); ++newer) {
    if (newer->second != &producer) return true;
  }
  return false;
}

Dialect::Dialect(World& world) : is_second(world.one_in(2)) {
  init = is_second ? protocol::Version{5} : some_version(world, 1, 5);
  add_partitions = some_version(world, 0, 3);
  produce = is_second ? protocol::Version{12} : some_version(world, 7, 11);
  add_offsets = some_version(world, 0, 3);
  commit_offsets = is_second ? protocol::Version{5} : some_version(world, 0, 4);
  end = is_second ? protocol::Version{5} : some_version(world, 0, 4);
}

TransactionActor::TransactionActor(World& world, Ledger& ledger, Node& node, const Weather& weather,
                                   const std::string& name, TransactionalId& id,
                                   std::vector<TopicPartition> targets)
    : Actor(world, ledger, node, weather, name),
      id_(id),
      second_(world, node, weather, name + "-second"),
      targets_(std::move(targets)),
      dialect_(world),
      has_two_connections_(!world.one_in(4)),
      sequences_(targets_.size(), 0),
      last_ms_(world.now_ms() + (world.one_in(4) ? world.between(10'000, 59'000) : kNeverMs)) {}

const TopicPartition& TransactionActor::source() {
  static const TopicPartition at{"a", 0};
  return at;
}

void TransactionActor::faults_are_over() {
  Actor::faults_are_over();
  id_.ended_at_calm_ = id_.ended_;
  if (is_pausing_) start_over(ErrorCode::NONE);
}

void TransactionActor::check_progress() {
  if (last_ms_ < world_.now_ms()) return;
  if (id_.ended_ == id_.ended_at_calm_) world_.violation(name() + " is stuck");
}

void TransactionActor::wait(std::int64_t delay_ms, std::function<void()> next) {
  world_.after_ms(delay_ms, [this, attempt = attempt_, next = std::move(next)] {
    if (attempt == attempt_) next();
  });
}

// As a process does that is not run for a while.
void TransactionActor::sometimes_pause(std::function<void()> next) {
  if (world_.now_ms() >= last_ms_) {
    ++attempt_;
    return world_.trace(name() + " leaves");
  }
  if (is_calm() || !world_.one_in(20)) return next();
  is_pausing_ = true;
  wait(world_.between(500, 6'000), [this, next = std::move(next)] {
    is_pausing_ = false;
    next();
  });
}

void TransactionActor::judge(const char* step, ErrorCode error) {
  if (error == ErrorCode::NONE) return;
  world_.trace(fmt::format("{} {}: {}", name(), step, protocol::to_string(error)));
  switch (error) {
    // The transaction took longer than its timeout, an answer was lost on the way, or another one
    // has taken over.
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::PRODUCER_FENCED:
    case ErrorCode::INVALID_TXN_STATE:
    case ErrorCode::TRANSACTION_ABORTABLE:
    case ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER:
    case ErrorCode::INVALID_PRODUCER_ID_MAPPING:
      return;
    default:
      if (protocol::is_retriable(error)) return;
      world_.violation(fmt::format("{} {}: {}", name(), step, protocol::to_string(error)));
  }
}

/// Calls `next` when the reply is there and says that all is well; else the producer starts over.
/// Without a `next` EndTxn's answer decides.
template <class Api>
void TransactionActor::step(const char* what, const typename Api::Request& request,
                            protocol::Version version,
                            std::function<ErrorCode(const typename Api::Response&)> error_of,
                            std::function<void()> next) {
  Client& to = style_ == Style::kAtOnce ? client_ : coordinator();
  to.call<Api>(
      request,
      [this, what, attempt = attempt_, error_of = std::move(error_of),
       next = std::move(next)](auto response) {
        const ErrorCode error = response ? error_of(*response) : ErrorCode::NONE;
        judge(what, error);
        if (attempt != attempt_ || !next) return;
        if (!response || error != ErrorCode::NONE) return start_over(error);
        next();
      },
      version);
}

// Whatever was sent before has an older epoch then.
void TransactionActor::start_over(ErrorCode why) {
  ++attempt_;
  is_pausing_ = false;
  for (Client* client : {&client_, &second_}) {
    world_.one_in(2) ? client->forsake() : client->disconnect();
  }
  // Who is fenced lets the other one work for a while.
  const std::int64_t delay_ms = says_fenced(why) && is_calm()    ? world_.between(2'500, 4'000)
                                : !is_calm() && world_.one_in(3) ? world_.between(300, 4'000)
                                                                 : world_.between(10, 300);
  is_pausing_ = delay_ms > 300;
  const bool names_itself = producer_id_ >= 0 && dialect_.names_itself() && world_.one_in(2);
  wait(delay_ms, [this, names_itself] {
    is_pausing_ = false;
    ask_for_id(names_itself);
  });
}

// Aborts what the producer before it has left open, or completes what it has decided. One that
// names itself goes on in its own place, unless another one has taken it.
void TransactionActor::ask_for_id(bool names_itself) {
  protocol::InitProducerIdRequest request;
  request.transactional_id = id_.name();
  request.transaction_timeout_ms = kTransactionTimeoutMs;
  if (names_itself) {
    request.producer_id = producer_id_;
    request.producer_epoch = epoch_;
  }
  const bool was_fenced = names_itself && is_fenced();
  coordinator().call<protocol::InitProducerId>(
      request,
      [this, attempt = attempt_, names_itself, was_fenced](auto response) {
        if (attempt != attempt_) return;
        if (!response) return start_over(ErrorCode::NONE);
        answered_init(names_itself, was_fenced, *response);
      },
      dialect_.init);
}

void TransactionActor::answered_init(bool names_itself, bool was_fenced,
                                     const protocol::InitProducerIdResponse& response) {
  const ErrorCode error = response.error_code;
  if (error != ErrorCode::NONE) {
    judge("init", error);
    if (!names_itself && !protocol::is_retriable(error)) {
      world_.violation(fmt::format("{} init: {}", name(), protocol::to_string(error)));
    }
    if (names_itself) producer_id_ = -1;  // the next time as somebody new
    return start_over(error);
  }
  world_.trace(fmt::format("{} is producer {} epoch {}", name(), response.producer_id,
                           response.producer_epoch));
  if (was_fenced) world_.violation(name() + ": was fenced and goes on all the same");
  id_.granted(*this, response.producer_id, response.producer_epoch);
  producer_id_ = response.producer_id;
  epoch_ = response.producer_epoch;
  sequences_.assign(targets_.size(), 0);
  if (transaction_ > 0) entry().to_ms = std::min(entry().to_ms, world_.now_ms());
  begin();
}

void TransactionActor::begin() {
  wait(world_.between(0, 800), [this] { run(); });
}

void TransactionActor::run() {
  ++transaction_;
  commits_ = !world_.one_in(4);
  style_ = world_.one_in(4)                 ? Style::kAtOnce
           : !commits_ && !world_.one_in(4) ? Style::kRacing
                                            : Style::kStepByStep;
  retries_left_ = kRetriesMax;
  end_is_unknown_ = false;
  has_ended_ = false;
  in_flight_ = 0;
  entry().producer_id = producer_id_;
  entry().from_ms = world_.now_ms();
  make_values();
  if (style_ == Style::kAtOnce) return run_at_once();
  auto send = [this] {
    send_batches();
    if (style_ == Style::kRacing) wait(world_.between(0, 3), [this] { end(false); });
  };
  dialect_.is_second ? send() : add_partitions(send);
}

void TransactionActor::run_at_once() {
  if (!dialect_.is_second) add_partitions({});
  send_batches();
  if (world_.one_in(2)) {
    if (!dialect_.is_second) add_offsets({});
    commit_offsets({});
  }
  end(commits_);
}

void TransactionActor::add_partitions(std::function<void()> next) {
  protocol::AddPartitionsToTxnRequest request;
  request.v3_and_below_transactional_id = id_.name();
  request.v3_and_below_producer_id = producer_id_;
  request.v3_and_below_producer_epoch = epoch_;
  for (const TopicPartition& at : targets_) {
    request.v3_and_below_topics.push_back({at.topic, {at.partition}});
  }
  step<protocol::AddPartitionsToTxn>(
      "add partitions", request, dialect_.add_partitions,
      [](const auto& response) {
        for (const auto& topic : response.results_by_topic_v3_and_below) {
          for (const auto& partition : topic.results_by_partition) {
            if (partition.partition_error_code != ErrorCode::NONE) {
              return partition.partition_error_code;
            }
          }
        }
        return ErrorCode::NONE;
      },
      std::move(next));
}

void TransactionActor::add_offsets(std::function<void()> next) {
  protocol::AddOffsetsToTxnRequest request;
  request.transactional_id = id_.name();
  request.producer_id = producer_id_;
  request.producer_epoch = epoch_;
  request.group_id = group();
  step<protocol::AddOffsetsToTxn>(
      "add offsets", request, dialect_.add_offsets,
      [](const auto& response) { return response.error_code; }, std::move(next));
}

void TransactionActor::commit_offsets(std::function<void()> next) {
  protocol::TxnOffsetCommitRequest request;
  request.transactional_id = id_.name();
  request.group_id = group();
  request.producer_id = producer_id_;
  request.producer_epoch = epoch_;
  auto& topic = request.topics.emplace_back();
  topic.name = source().topic;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = source().partition;
  partition.committed_offset = transaction_;
  entry().offset = Word::kUnknown;
  step<protocol::TxnOffsetCommit>(
      "commit offsets", request, dialect_.commit_offsets,
      [this, number = transaction_](const auto& response) {
        const ErrorCode error = response.topics.at(0).partitions.at(0).error_code;
        if (error == ErrorCode::NONE) book_[number].offset = Word::kTaken;
        return error;
      },
      std::move(next));
}

/// All batches are taken.
void TransactionActor::go_to_end() {
  auto finish = [this] { sometimes_pause([this] { end(commits_); }); };
  if (world_.one_in(3)) return finish();
  auto commit = [this, finish] { commit_offsets(finish); };
  dialect_.is_second ? commit() : add_offsets(commit);
}

void TransactionActor::end(bool commits) {
  protocol::EndTxnRequest request;
  request.transactional_id = id_.name();
  request.producer_id = producer_id_;
  request.producer_epoch = epoch_;
  request.committed = commits;
  const bool was_fenced = is_fenced();
  if (commits && !was_fenced) entry().fate = Fate::kUnknown;
  Client& to = style_ == Style::kAtOnce ? client_ : coordinator();
  to.call<protocol::EndTxn>(
      request,
      [this, attempt = attempt_, commits, was_fenced](auto response) {
        if (attempt != attempt_) return;
        if (!response) return end_again(commits);
        ended(commits, was_fenced, *response);
      },
      dialect_.end);
}

void TransactionActor::end_again(bool commits) {
  end_is_unknown_ = true;
  if (--retries_left_ < 0 || world_.one_in(2)) return start_over(ErrorCode::NONE);
  wait(world_.between(10, 300), [this, commits] { end(commits); });
}

void TransactionActor::ended(bool commits, bool was_fenced,
                             const protocol::EndTxnResponse& response) {
  judge("end", response.error_code);
  if (protocol::is_retriable(response.error_code)) return end_again(commits);
  if (response.error_code != ErrorCode::NONE) {
    // The first word on it, and a no: nobody will ever commit it.
    if (!end_is_unknown_) entry().fate = Fate::kAborted;
    return start_over(response.error_code);
  }
  if (was_fenced) world_.violation(name() + ": was fenced and ends a transaction");
  entry().fate = commits ? Fate::kCommitted : Fate::kAborted;
  world_.trace(
      fmt::format("{} {} transaction {}", name(), commits ? "committed" : "aborted", transaction_));
  if (dialect_.is_second) {
    id_.granted(*this, response.producer_id, response.producer_epoch);
    producer_id_ = response.producer_id;
    epoch_ = response.producer_epoch;
    sequences_.assign(targets_.size(), 0);
  }
  has_ended_ = true;
  over();
}

/// The transaction has ended, and each batch has had its answer.
void TransactionActor::over() {
  if (!has_ended_ || in_flight_ > 0) return;
  ++id_.ended_;
  entry().to_ms = world_.now_ms();
  if (dialect_.is_second) return begin();
  for (const auto& value : entry().values) {
    // It may still come: only a new epoch tells it from what is sent next.
    if (value.word == Word::kUnknown || value.may_be_there) return start_over(ErrorCode::NONE);
  }
  count_taken();
  begin();
}

}  // namespace kreel::sim
