#include "broker/transaction_service.hpp"

#include <future>
#include <utility>

#include "base/assert.hpp"
#include "broker/broker.hpp"
#include "broker/coordinator_log.hpp"
#include "broker/group_service.hpp"
#include "broker/io_thread.hpp"
#include "broker/partition_markers.hpp"
#include "broker/producer_ids.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;

/// Of the topic that there is: the setting, which may have changed since, is for making it.
std::int32_t state_partition_count(Broker& broker) {
  const auto topic = broker.catalog().snapshot()->find(catalog::kTransactionStateTopic);
  return topic == nullptr ? broker.config().transaction_state_log_num_partitions
                          : static_cast<std::int32_t>(topic->partitions.size());
}

coordinator::TransactionConfig transaction_config(Broker& broker) {
  const catalog::BrokerConfig& config = broker.config();
  return {.transaction_state_log_num_partitions = state_partition_count(broker),
          .transaction_max_timeout_ms = config.transaction_max_timeout_ms,
          .transactional_id_expiration_ms = config.transactional_id_expiration_ms,
          .abort_timed_out_interval_ms = config.transaction_abort_timed_out_interval_ms,
          .remove_expired_interval_ms = config.transaction_remove_expired_interval_ms};
}

}  // namespace

struct TransactionService::Shard {
  Shard(Broker& broker, IoThread& io_thread, PartitionMarkers::EndOffsets end_offsets)
      : io(io_thread),
        writer(broker, io_thread,
               {.topic = catalog::kTransactionStateTopic, .always_on_disk = true}),
        markers(broker, io_thread, std::move(end_offsets)),
        transactions(std::make_unique<coordinator::TransactionShard>(
            coordinator::TransactionShard::Environment{
                io_thread.executor(), broker.clock(), writer, markers,
                [&broker, &io_thread](auto done) {
                  next_producer_id(broker, io_thread, std::move(done));
                }},
            transaction_config(broker))) {}

  IoThread& io;
  CoordinatorLogWriter writer;
  PartitionMarkers markers;
  std::unique_ptr<coordinator::TransactionShard> transactions;
};

TransactionService::TransactionService(Broker& broker) : broker_(broker) {
  std::vector<coordinator::TransactionRouter::Shard> routed;
  for (IoThread* io : broker.io_threads()) {
    auto end_offsets = [this, io](PartitionId partition,
                                  const coordinator::TransactionMarker& marker,
                                  coordinator::MarkerWriter::Done done) {
      if (stopping_) return done(ErrorCode::NOT_COORDINATOR);
      broker_.groups().end_transaction(*io, partition, marker, std::move(done));
    };
    shards_.push_back(std::make_unique<Shard>(broker, *io, std::move(end_offsets)));
    routed.push_back(
        {.executor = &io->executor(), .transactions = shards_.back()->transactions.get()});
  }
  router_ = std::make_unique<coordinator::TransactionRouter>(std::move(routed),
                                                             state_partition_count(broker));
}

TransactionService::~TransactionService() = default;

void TransactionService::load() {
  const auto topic = broker_.catalog().snapshot()->find(catalog::kTransactionStateTopic);
  KREEL_ASSERT(topic != nullptr, "__transaction_state exists from the start");
  for (std::size_t p = 0; p < topic->partitions.size(); ++p) {
    const auto partition = static_cast<PartitionId>(p);
    Shard& shard = *shards_[router_->shard_of_partition(partition)];
    shard.io.executor().post([this, &shard, partition, log = topic->partitions[p]] {
      shard.transactions->load(partition, log->leader_epoch(),
                               replay_source(broker_, shard.io, log), [] {});
    });
  }
}

void TransactionService::add(Executor& home, coordinator::AddPartitions request,
                             coordinator::Reply<ErrorCode> reply) const {
  if (stopping_) return reply(ErrorCode::NOT_COORDINATOR);
  router_->add(home, std::move(request), std::move(reply));
}

void TransactionService::verify(Executor& home, coordinator::AddPartitions request,
                                coordinator::VerifyReply reply) const {
  if (stopping_) {
    return reply(std::vector<ErrorCode>(request.partitions.size(), ErrorCode::NOT_COORDINATOR));
  }
  router_->verify(home, std::move(request), std::move(reply));
}

void TransactionService::stop() {
  stopping_ = true;
  const auto on_each_thread = [this](auto work) {
    for (auto& shard : shards_) {
      std::promise<void> done;
      shard->io.executor().post([&shard, &done, work] {
        work(*shard);
        done.set_value();
      });
      done.get_future().wait();
    }
  };
  // Whoever did not see the flag yet has posted to its shard after this.
  on_each_thread([](Shard&) {});
  on_each_thread([](Shard& shard) { shard.transactions.reset(); });
}

}  // namespace kreel::broker
