#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/group_id.hpp"
#include "coordinator/transaction/records.hpp"
#include "coordinator/transaction_service.hpp"
#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"
#include "unit/coordinator/fake_offsets_log.hpp"

namespace kreel::test {

using coordinator::AddPartitions;
using coordinator::EndTransaction;
using coordinator::kTransactionsV0;
using coordinator::kTransactionsV2;
using coordinator::Transaction;
using coordinator::TransactionMarker;
using coordinator::TransactionShard;
using coordinator::TransactionState;
using protocol::ErrorCode;
using storage::TopicPartition;

/// The partitions of transactions. Each notes the markers that it got; answers come in the next
/// task, or when the test says so.
class FakeMarkers final : public coordinator::MarkerWriter {
 public:
  explicit FakeMarkers(Executor& executor) : executor_(executor) {}

  void make_durable(std::vector<TopicPartition> partitions, Done done) override {
    log.push_back("sync " + std::to_string(partitions.size()));
    done(sync_error);
  }
  void write(const TransactionMarker& marker, std::vector<TopicPartition> partitions,
             Written done) override {
    last = marker;
    std::vector<ErrorCode> results;
    for (const TopicPartition& partition : partitions) {
      log.push_back((marker.committed ? "commit " : "abort ") + partition.to_string() + " " +
                    std::to_string(marker.producer_id) + "/" +
                    std::to_string(marker.producer_epoch));
      const auto error = errors.find(partition);
      results.push_back(error == errors.end() ? ErrorCode::NONE : error->second);
    }
    waiting_.push_back([done = std::move(done), results = std::move(results)] { done(results); });
    if (!hold) release();
  }
  void release() {
    for (auto& task : std::exchange(waiting_, {})) executor_.post(std::move(task));
  }
  /// A crash: whoever asked is gone.
  void forget() { waiting_.clear(); }

  bool hold = false;
  ErrorCode sync_error = ErrorCode::NONE;
  std::map<TopicPartition, ErrorCode> errors;
  std::vector<std::string> log;
  TransactionMarker last;

 private:
  Executor& executor_;
  std::vector<std::function<void()>> waiting_;
};

/// A producer id and its epoch, as a client has them.
struct Producer {
  ProducerId id = -1;
  ProducerEpoch epoch = -1;
  bool operator==(const Producer&) const = default;
};

/// One shard with every partition of __transaction_state, on the test's thread. At the end of each
/// test the records are replayed into a fresh shard, which must come to the same state.
class TransactionFixture {
 public:

  TransactionFixture() { start(); }
  ~TransactionFixture() {
    log.hold = markers.hold = false;
    log.release();
    markers.release();
    log.fail_appends = log.fail_reads = 0;
    markers.errors.clear();
    advance_ms(2'500);  // a failed write is followed by a new load, a failed marker by a new one
    check_replay();
  }

  /// The broker (again), on what the log holds.
  void start() {
    shard.reset();
    shard = make_shard(markers);
    load_all(*shard);
    executor.run_ready();
  }
  void crash() {
    shard.reset();
    markers.forget();
    executor.run_ready();
  }

  std::unique_ptr<TransactionShard> make_shard(FakeMarkers& with) {
    return std::make_unique<TransactionShard>(
        TransactionShard::Environment{executor, clock, log, with,
                                      [this](auto done) {
                                        if (hold_ids) return held_ids.push_back(std::move(done));
                                        done(no_ids ? std::nullopt : std::optional(next_id++));
                                      }},
        config);
  }
  void load_all(TransactionShard& into) {
    for (PartitionId p = 0; p < config.transaction_state_log_num_partitions; ++p) {
      into.load(p, 7, log.source(p), [] {});
    }
  }
  void advance_ms(std::int64_t ms) {
    executor.run_ready();
    while (ms > 0) {
      const std::int64_t step = std::min<std::int64_t>(ms, 500);
      clock.advance_ms(step);
      executor.run_ready();
      ms -= step;
    }
  }

  /// What a client gets; unset while it waits.
  using Init = std::optional<protocol::InitProducerIdResponse>;
  std::shared_ptr<Init> send_init(Producer known = {}, const std::string& id = "pay") {
    protocol::InitProducerIdRequest request;
    request.transactional_id = id;
    request.transaction_timeout_ms = timeout_ms;
    request.producer_id = known.id;
    request.producer_epoch = known.epoch;
    auto got = std::make_shared<Init>();
    shard->init(std::move(request), [got](const auto& reply) { *got = reply; });
    executor.run_ready();
    return got;
  }
  protocol::InitProducerIdResponse init_reply(Producer known = {}, const std::string& id = "pay") {
    const auto got = send_init(known, id);
    REQUIRE(got->has_value());
    return **got;
  }
  Producer init(const std::string& id = "pay") {
    const auto reply = init_reply({}, id);
    REQUIRE(reply.error_code == ErrorCode::NONE);
    return {reply.producer_id, reply.producer_epoch};
  }

  using Partitions = std::set<TopicPartition>;
  ErrorCode add(Producer who, const Partitions& partitions = {{"orders", 0}},
                std::int16_t version = kTransactionsV2, const std::string& id = "pay") {
    std::optional<ErrorCode> error;
    shard->add(AddPartitions{id, who.id, who.epoch, partitions, version},
               [&](ErrorCode told) { error = told; });
    executor.run_ready();
    REQUIRE(error.has_value());
    return *error;
  }
  std::vector<ErrorCode> verify(Producer who, const Partitions& partitions) {
    std::optional<std::vector<ErrorCode>> errors;
    shard->verify(AddPartitions{"pay", who.id, who.epoch, partitions, kTransactionsV2},
                  [&](std::vector<ErrorCode> told) { errors = std::move(told); });
    executor.run_ready();
    REQUIRE(errors.has_value());
    return *errors;
  }

  using End = std::optional<protocol::EndTxnResponse>;
  std::shared_ptr<End> send_end(Producer who, bool committed,
                                std::int16_t version = kTransactionsV2) {
    auto got = std::make_shared<End>();
    shard->end(EndTransaction{"pay", who.id, who.epoch, committed, version},
               [got](const auto& reply) { *got = reply; });
    executor.run_ready();
    return got;
  }
  protocol::EndTxnResponse end(Producer who, bool committed,
                               std::int16_t version = kTransactionsV2) {
    const auto got = send_end(who, committed, version);
    REQUIRE(got->has_value());
    return **got;
  }
  ErrorCode end_error(Producer who, bool committed, std::int16_t version = kTransactionsV2) {
    return end(who, committed, version).error_code;
  }
  /// Ends it well; the producer of the next transaction.
  Producer finish(Producer who, bool committed = true) {
    const auto reply = end(who, committed);
    REQUIRE(reply.error_code == ErrorCode::NONE);
    return {reply.producer_id, reply.producer_epoch};
  }

  const Transaction* find(const std::string& id = "pay") const { return shard->find(id); }
  TransactionState state(const std::string& id = "pay") const {
    const Transaction* found = find(id);
    REQUIRE(found != nullptr);
    return found->state;
  }
  PartitionId partition_of(const std::string& id = "pay") const {
    return coordinator::partition_for_transactional_id(id,
                                                       config.transaction_state_log_num_partitions);
  }
  /// The states of the records, in order: what a restart would go through.
  std::vector<std::string> written(const std::string& id = "pay") {
    std::vector<std::string> states;
    for (const Bytes& batch : log.batches(partition_of(id))) {
      auto reader = protocol::BatchReader::open(batch, 1U << 20U);
      REQUIRE(reader.has_value());
      while (const auto record = *reader->next()) {
        const auto read = coordinator::read_transaction_record(record->key, record->value);
        REQUIRE(read.has_value());
        states.emplace_back(read->value ? to_string(read->value->state) : "gone");
      }
    }
    return states;
  }
  /// A record as another broker has left it.
  void leave(const std::string& id, const Transaction& transaction) {
    const coordinator::Record record = coordinator::transaction_record(id, transaction);
    protocol::BatchBuilder builder({});
    builder.append({.timestamp = 0,
                    .key = ByteView(record.key),
                    .value = ByteView(*record.value),
                    .headers = {}});
    log.add_batch(partition_of(id), builder.build());
  }

  ManualClock clock;
  ManualExecutor executor{clock};
  FakeOffsetsLog log{executor};
  FakeMarkers markers{executor};
  coordinator::TransactionConfig config;
  std::int32_t timeout_ms = 60'000;
  ProducerId next_id = 1'000;
  bool no_ids = false;
  bool hold_ids = false;
  std::vector<std::function<void(std::optional<ProducerId>)>> held_ids;
  std::unique_ptr<TransactionShard> shard;

 private:
  void check_replay() {
    if (!shard) return;
    std::set<std::string> ids;
    for (const auto& [partition, batches] : log.all()) {
      for (const Bytes& batch : batches) {
        auto reader = protocol::BatchReader::open(batch, 1U << 20U);
        while (const auto record = *reader->next()) {
          const auto read = coordinator::read_transaction_record(record->key, record->value);
          if (read) ids.insert(read->transactional_id);
        }
      }
    }
    FakeMarkers unused(executor);
    unused.hold = true;
    auto fresh = make_shard(unused);
    load_all(*fresh);
    executor.run_ready();
    for (const std::string& id : ids) {
      const Transaction* live = shard->find(id);
      const Transaction* read = fresh->find(id);
      CHECK_MESSAGE((live == nullptr) == (read == nullptr), "a restart would lose or find ", id);
      if (live != nullptr && read != nullptr) {
        CHECK_MESSAGE(*live == *read, "a restart would find another state of ", id);
        CHECK_MESSAGE(!live->is_ending(), id, " was left half ended");
      }
    }
  }
};

using Lines = std::vector<std::string>;

}  // namespace kreel::test
