#include "base/planted_bug.hpp"
#include "coordinator/transaction/answer.hpp"
#include "coordinator/transaction/coordinator.hpp"

// EndTxn. With transactions v2 each end raises the epoch, so a request that names the epoch before
// is a retry, and one that names the current epoch is of the next transaction (KIP-890).

namespace kreel::coordinator {

using protocol::EndTxnResponse;
using protocol::ErrorCode;

namespace {

enum class EndStep { kRefuse, kPrepare, kWait, kAlreadyDone };

struct Verdict {
  EndStep step = EndStep::kRefuse;
  ErrorCode error = ErrorCode::INVALID_TXN_STATE;
};

bool has_verdict(TransactionState state, bool committed) {
  return committed ? state == TransactionState::kPrepareCommit ||
                         state == TransactionState::kCompleteCommit
                   : state == TransactionState::kPrepareAbort ||
                         state == TransactionState::kCompleteAbort;
}

/// A transaction that ends or has ended: the same verdict is a retry, the other one a mistake.
Verdict verdict_of_retry(const Transaction& current, bool committed) {
  if (!has_verdict(current.state, committed)) return {};
  return {current.is_ending() ? EndStep::kWait : EndStep::kAlreadyDone};
}

Verdict end_v1(const Transaction& current, const EndTransaction& request) {
  if (request.producer_id != current.producer_id) {
    return {EndStep::kRefuse, ErrorCode::INVALID_PRODUCER_ID_MAPPING};
  }
  if (request.producer_epoch != current.producer_epoch) {
    return {EndStep::kRefuse, ErrorCode::PRODUCER_FENCED};
  }
  if (current.state == TransactionState::kOngoing) return {EndStep::kPrepare};
  return verdict_of_retry(current, request.committed);
}

Verdict end_v2(const Transaction& current, const EndTransaction& request) {
  const bool is_complete = !current.is_open() && current.state != TransactionState::kEmpty;
  // After the last epoch the next transaction has another id.
  const bool retry_of_other_id =
      is_complete && request.producer_id == current.previous_producer_id &&
      request.producer_epoch == kLastClientEpoch && current.producer_epoch == 0;
  if (request.producer_id != current.producer_id && !retry_of_other_id) {
    return {EndStep::kRefuse, ErrorCode::INVALID_PRODUCER_ID_MAPPING};
  }
  // The end of an older client's transaction has raised nothing: the epoch before is of somebody
  // whom that client has fenced.
  const bool has_raised_epoch =
      (current.is_ending() || is_complete) && current.client_version >= kTransactionsV2;
  const bool is_retry = has_raised_epoch &&
                        (request.producer_epoch + 1 == current.producer_epoch || retry_of_other_id);
  if (is_retry) return verdict_of_retry(current, request.committed);
  const bool is_late = request.producer_epoch != current.producer_epoch;
  if ((is_late && !KREEL_BUG("end_next_transaction")) || current.is_ending()) {
    return {EndStep::kRefuse, ErrorCode::PRODUCER_FENCED};
  }
  // A producer may abort what has no partition yet: after an error it does not know.
  const bool may_prepare = current.state == TransactionState::kOngoing || !request.committed;
  return may_prepare ? Verdict{EndStep::kPrepare} : Verdict{};
}

EndTxnResponse ended_as(const Transaction& transaction) {
  EndTxnResponse response;
  response.producer_id = transaction.producer_id;
  response.producer_epoch = transaction.producer_epoch;
  return response;
}

}  // namespace

void TransactionCoordinator::end(const EndTransaction& request, Preparation preparation,
                                 EndReply reply) {
  const ErrorCode available = runtime_.availability();
  if (available != ErrorCode::NONE) {
    return environment_.outbox.send(reply, failed_with<EndTxnResponse>(available));
  }
  const Transaction* current = find(request.transactional_id);
  if (current == nullptr) {
    return answer(std::move(reply),
                  failed_with<EndTxnResponse>(ErrorCode::INVALID_PRODUCER_ID_MAPPING));
  }
  const bool is_v2 = request.client_version >= kTransactionsV2;
  const Verdict verdict = is_v2 ? end_v2(*current, request) : end_v1(*current, request);
  if (verdict.step == EndStep::kRefuse) {
    return answer(std::move(reply), failed_with<EndTxnResponse>(verdict.error));
  }
  if (verdict.step == EndStep::kAlreadyDone) return answer(std::move(reply), ended_as(*current));
  auto ended = [this, reply](ErrorCode error, const Transaction& completed) mutable {
    environment_.outbox.send(
        reply, error == ErrorCode::NONE ? ended_as(completed) : failed_with<EndTxnResponse>(error));
  };
  if (verdict.step == EndStep::kWait) {
    return when_ended(request.transactional_id, std::move(ended));
  }
  const bool is_prepared = preparation.durable == current->partitions;
  if (request.committed && !is_prepared && !KREEL_BUG("prepare_before_data")) {
    preparation.durable = current->partitions;
    return make_durable(request, std::move(preparation), std::move(reply));
  }
  if (is_v2 && is_exhausted(current->producer_epoch) && preparation.fresh_id < 0) {
    return fetch_producer_id(request, std::move(preparation), std::move(reply));
  }
  prepare(request.transactional_id,
          {.committed = request.committed,
           .client_version = request.client_version,
           .next_producer_id =
               is_v2 && is_exhausted(current->producer_epoch) ? preparation.fresh_id : -1},
          std::move(ended));
}

void TransactionCoordinator::make_durable(const EndTransaction& request, Preparation preparation,
                                          EndReply reply) {
  const std::vector<storage::TopicPartition> partitions(preparation.durable.begin(),
                                                        preparation.durable.end());
  environment_.markers.make_durable(
      partitions, [this, life = life(), request, preparation = std::move(preparation),
                   reply = std::move(reply)](ErrorCode error) mutable {
        if (life.expired()) return reply(failed_with<EndTxnResponse>(ErrorCode::NOT_COORDINATOR));
        const Outbox::Step step(environment_.outbox);
        if (error == ErrorCode::NONE) {
          return end(request, std::move(preparation), std::move(reply));
        }
        environment_.outbox.send(reply, failed_with<EndTxnResponse>(client_error(error)));
      });
}

void TransactionCoordinator::fetch_producer_id(const EndTransaction& request,
                                               Preparation preparation, EndReply reply) {
  environment_.producer_ids([this, life = life(), request, preparation = std::move(preparation),
                             reply = std::move(reply)](std::optional<ProducerId> fresh) mutable {
    if (life.expired()) return reply(failed_with<EndTxnResponse>(ErrorCode::NOT_COORDINATOR));
    const Outbox::Step step(environment_.outbox);
    if (fresh) {
      preparation.fresh_id = *fresh;
      return end(request, std::move(preparation), std::move(reply));
    }
    environment_.outbox.send(reply,
                             failed_with<EndTxnResponse>(ErrorCode::COORDINATOR_NOT_AVAILABLE));
  });
}

}  // namespace kreel::coordinator
