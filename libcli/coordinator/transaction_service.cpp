#include "coordinator/transaction_service.hpp"

#include <map>
#include <utility>

#include "coordinator/collector.hpp"
#include "coordinator/group_id.hpp"
#include "coordinator/list_partitions.hpp"
#include "coordinator/timer.hpp"
#include "coordinator/transaction/answer.hpp"
#include "coordinator/transaction/coordinator.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::ListTransactionsResponse;

class TransactionShard::Impl {
 public:
  Impl(Environment environment, const TransactionConfig& settings)
      : config(settings),
        environment_(std::move(environment)),
        abort_timer_(environment_.executor, environment_.clock),
        expiry_timer_(environment_.executor, environment_.clock),
        life_(std::make_shared<int>(0)) {}

  ~Impl() {
    const Outbox::Step step(outbox);
    while (!partitions.empty()) unload(partitions.begin()->first);
  }

  void load(PartitionId partition, std::int32_t coordinator_epoch, BatchSource source,
            std::function<void()> loaded) {
    const Outbox::Step step(outbox);
    if (!abort_timer_.is_set()) {
      repeat(abort_timer_, config.abort_timed_out_interval_ms,
             &TransactionCoordinator::abort_timed_out);
      repeat(expiry_timer_, config.remove_expired_interval_ms,
             &TransactionCoordinator::remove_expired);
    }
    unload(partition);
    auto& coordinator = partitions[partition];
    coordinator = std::make_shared<TransactionCoordinator>(
        partition, coordinator_epoch,
        TransactionCoordinator::Environment{environment_.executor, environment_.clock,
                                            environment_.writer, environment_.markers,
                                            environment_.producer_ids, config, outbox});
    coordinator->runtime().load(std::move(source), std::move(loaded));
  }

  void unload(PartitionId partition) {
    const Outbox::Step step(outbox);
    auto node = partitions.extract(partition);
    if (node.empty()) return;
    node.mapped()->runtime().stop();
    // Until what it has put into the outbox is delivered.
    outbox.push([keep = node.mapped()] {});
  }

  TransactionCoordinator* find(std::string_view transactional_id) const {
    const auto found = partitions.find(partition_for_transactional_id(
        transactional_id, config.transaction_state_log_num_partitions));
    return found == partitions.end() ? nullptr : found->second.get();
  }

  static ErrorCode availability(TransactionCoordinator* coordinator) {
    return coordinator == nullptr ? ErrorCode::NOT_COORDINATOR
                                  : coordinator->runtime().availability();
  }

  Outbox outbox;
  TransactionConfig config;
  std::map<PartitionId, std::shared_ptr<TransactionCoordinator>> partitions;

 private:
  void repeat(Timer& timer, std::int64_t interval_ms, void (TransactionCoordinator::*work)()) {
    timer.set(interval_ms, [this, &timer, interval_ms, work] {
      // One partition at a time: each looks at every transaction it has.
      for (const auto& [partition, coordinator] : partitions) {
        environment_.executor.post([this, id = partition, work, life = std::weak_ptr(life_)] {
          if (life.expired()) return;
          const Outbox::Step step(outbox);
          const auto found = partitions.find(id);
          if (found == partitions.end()) return;
          if (availability(found->second.get()) == ErrorCode::NONE) (found->second.get()->*work)();
        });
      }
      repeat(timer, interval_ms, work);
    });
  }

  Environment environment_;
  Timer abort_timer_;
  Timer expiry_timer_;
  std::shared_ptr<int> life_;
};

TransactionShard::TransactionShard(Environment environment, const TransactionConfig& config)
    : impl_(std::make_unique<Impl>(std::move(environment), config)) {}

TransactionShard::~TransactionShard() = default;

void TransactionShard::load(PartitionId partition, std::int32_t coordinator_epoch,
                            BatchSource source, std::function<void()> loaded) {
  impl_->load(partition, coordinator_epoch, std::move(source), std::move(loaded));
}

void TransactionShard::unload(PartitionId partition) {
  impl_->unload(partition);
}

void TransactionShard::init(protocol::InitProducerIdRequest request, InitReply reply) {
  const Outbox::Step step(impl_->outbox);
  TransactionCoordinator* coordinator = impl_->find(request.transactional_id.value_or(""));
  ErrorCode error = Impl::availability(coordinator);
  const std::int32_t timeout_ms = request.transaction_timeout_ms;
  if (timeout_ms <= 0 || timeout_ms > impl_->config.transaction_max_timeout_ms) {
    error = ErrorCode::INVALID_TRANSACTION_TIMEOUT;
  }
  // One without the other names nobody.
  const bool names_half = (request.producer_id < 0) != (request.producer_epoch < 0);
  if (request.transactional_id.value_or("").empty() || names_half) {
    error = ErrorCode::INVALID_REQUEST;
  }
  if (error != ErrorCode::NONE) {
    return impl_->outbox.send(reply, failed_with<protocol::InitProducerIdResponse>(error));
  }
  coordinator->init(std::move(request), std::move(reply));
}

void TransactionShard::add(AddPartitions request, Reply<ErrorCode> reply) {
  const Outbox::Step step(impl_->outbox);
  TransactionCoordinator* coordinator = impl_->find(request.transactional_id);
  const ErrorCode error = Impl::availability(coordinator);
  if (error != ErrorCode::NONE) return impl_->outbox.send(reply, ErrorCode{error});
  coordinator->add(request, std::move(reply));
}

void TransactionShard::verify(AddPartitions request, VerifyReply reply) {
  const Outbox::Step step(impl_->outbox);
  TransactionCoordinator* coordinator = impl_->find(request.transactional_id);
  const ErrorCode error = Impl::availability(coordinator);
  if (error != ErrorCode::NONE) {
    return impl_->outbox.send(reply, std::vector<ErrorCode>(request.partitions.size(), error));
  }
  coordinator->verify(request, std::move(reply));
}

void TransactionShard::end(EndTransaction request, EndReply reply) {
  const Outbox::Step step(impl_->outbox);
  TransactionCoordinator* coordinator = impl_->find(request.transactional_id);
  ErrorCode error = Impl::availability(coordinator);
  if (request.transactional_id.empty()) error = ErrorCode::INVALID_REQUEST;
  if (error != ErrorCode::NONE) {
    return impl_->outbox.send(reply, failed_with<protocol::EndTxnResponse>(error));
  }
  coordinator->end(request, std::move(reply));
}

void TransactionShard::describe(std::vector<std::string> transactional_ids,
                                Reply<std::vector<DescribedTransaction>> reply) {
  const Outbox::Step step(impl_->outbox);
  if (transactional_ids.empty()) {
    return impl_->outbox.send(reply, std::vector<DescribedTransaction>());
  }
  auto answers =
      std::make_shared<Collector<DescribedTransaction>>(transactional_ids.size(), std::move(reply));
  for (std::size_t i = 0; i < transactional_ids.size(); ++i) {
    const std::string& id = transactional_ids[i];
    TransactionCoordinator* coordinator = impl_->find(id);
    ErrorCode error = Impl::availability(coordinator);
    if (id.empty()) error = ErrorCode::INVALID_REQUEST;
    Reply<DescribedTransaction> one = [answers, i](DescribedTransaction told) {
      answers->set(i, std::move(told));
    };
    if (error == ErrorCode::NONE) {
      coordinator->describe(id, std::move(one));
      continue;
    }
    auto told = failed_with<DescribedTransaction>(error);
    told.transactional_id = id;
    impl_->outbox.send(one, std::move(told));
  }
}

void TransactionShard::list(protocol::ListTransactionsRequest request,
                            Reply<ListTransactionsResponse> reply) {
  const Outbox::Step step(impl_->outbox);
  list_partitions(impl_->outbox, impl_->partitions, request,
                  &ListTransactionsResponse::transaction_states, std::move(reply));
}

const Transaction* TransactionShard::find(std::string_view transactional_id) const {
  const TransactionCoordinator* coordinator = impl_->find(transactional_id);
  if (coordinator == nullptr) return nullptr;
  const auto found = coordinator->transactions().find(transactional_id);
  return found == coordinator->transactions().end() ? nullptr : &found->second;
}

}  // namespace kreel::coordinator
