#include "base/planted_bug.hpp"
#include "coordinator/limits.hpp"
#include "coordinator/transaction/answer.hpp"
#include "coordinator/transaction/coordinator.hpp"

// InitProducerId with a transactional id: a producer id and an epoch that no other producer of this
// transactional id has, which fences those before it. One that goes on after an error names what it
// has (KIP-360) and keeps its place, also when it asks twice.

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::InitProducerIdRequest;
using protocol::InitProducerIdResponse;

namespace {

bool names_producer(const InitProducerIdRequest& request) {
  return request.producer_id >= 0;
}

/// The producer that asks is the one that is known, perhaps before its epochs ran out.
bool is_current_producer(const InitProducerIdRequest& request, const Transaction& current) {
  if (request.producer_id == current.producer_id) return true;
  return request.producer_id == current.previous_producer_id &&
         is_exhausted(request.producer_epoch);
}

InitProducerIdResponse granted(const Transaction& transaction) {
  InitProducerIdResponse response;
  response.producer_id = transaction.producer_id;
  response.producer_epoch = transaction.producer_epoch;
  return response;
}

}  // namespace

void TransactionCoordinator::init(InitProducerIdRequest request, ProducerId fresh_id,
                                  InitReply reply) {
  const ErrorCode available = runtime_.availability();
  if (available != ErrorCode::NONE) {
    return environment_.outbox.send(reply, failed_with<InitProducerIdResponse>(available));
  }
  const bool is_known = find(*request.transactional_id) != nullptr;
  is_known ? init_known(std::move(request), fresh_id, std::move(reply))
           : init_new(std::move(request), fresh_id, std::move(reply));
}

void TransactionCoordinator::init_new(InitProducerIdRequest request, ProducerId fresh_id,
                                      InitReply reply) {
  if (transactions_.size() >= kTransactionalIdsPerPartitionMax) {
    return answer(std::move(reply),
                  failed_with<InitProducerIdResponse>(ErrorCode::POLICY_VIOLATION));
  }
  if (fresh_id < 0) return init_with_fresh_id(std::move(request), std::move(reply));
  const Transaction next =
      initialized({}, fresh_id, 0, request.transaction_timeout_ms, environment_.clock.wall_ms());
  write(*request.transactional_id, next, [](ErrorCode) {});
  answer(std::move(reply), granted(next));
}

void TransactionCoordinator::init_known(InitProducerIdRequest request, ProducerId fresh_id,
                                        InitReply reply) {
  const std::string id = *request.transactional_id;
  const Transaction& current = *find(id);
  const bool names_one = names_producer(request);
  const bool names_current_epoch = names_one && request.producer_epoch == current.producer_epoch;
  const bool names_last_epoch = names_one && request.producer_epoch == live(id).last_epoch;
  // A retry that comes while its producer is in a transaction already is a late one.
  const bool names_known_epoch = names_current_epoch || (names_last_epoch && !current.is_open());
  const bool is_fenced = names_one && !(is_current_producer(request, current) && names_known_epoch);
  if (is_fenced && !current.is_ending()) {
    return answer(std::move(reply),
                  failed_with<InitProducerIdResponse>(ErrorCode::PRODUCER_FENCED));
  }
  if (current.is_open()) {
    auto go_on = [this, request, reply = std::move(reply)](ErrorCode error, const Transaction&) {
      init_when_ended(request, reply, error);
    };
    if (current.is_ending()) return when_ended(id, std::move(go_on));
    // Its epoch is never given out: the producer that asks gets the one after it.
    return prepare(id, {.committed = false, .client_version = kTransactionsV2}, std::move(go_on));
  }
  const TimestampMs now_ms = environment_.clock.wall_ms();
  const std::int32_t timeout_ms = request.transaction_timeout_ms;
  // The epoch that an abort has fenced with is nobody's, not even a retry's: the marker of its
  // transaction could not be told from the last one.
  const bool is_retry =
      names_last_epoch && !names_current_epoch && current.producer_epoch <= kLastClientEpoch;
  const bool needs_id = is_exhausted(current.producer_epoch) && !is_retry;
  if (needs_id && fresh_id < 0) return init_with_fresh_id(std::move(request), std::move(reply));
  ProducerEpoch epoch = current.producer_epoch;
  ProducerEpoch last_epoch = live(id).last_epoch;
  if (!is_retry) {
    last_epoch = names_one ? request.producer_epoch : ProducerEpoch{-1};
    const int step = KREEL_BUG("share_epoch") ? 0 : 1;
    epoch = needs_id ? ProducerEpoch{0} : static_cast<ProducerEpoch>(epoch + step);
  }
  const Transaction next =
      initialized(current, needs_id ? fresh_id : current.producer_id, epoch, timeout_ms, now_ms);
  write(id, next, [](ErrorCode) {});
  live(id).last_epoch = last_epoch;  // not in the record: after a restart only it counts
  answer(std::move(reply), granted(next));
}

void TransactionCoordinator::init_with_fresh_id(InitProducerIdRequest request, InitReply reply) {
  environment_.producer_ids([this, life = life(), request = std::move(request),
                             reply = std::move(reply)](std::optional<ProducerId> fresh) mutable {
    if (life.expired())
      return reply(failed_with<InitProducerIdResponse>(ErrorCode::NOT_COORDINATOR));
    const Outbox::Step step(environment_.outbox);
    if (fresh) return init(std::move(request), *fresh, std::move(reply));
    environment_.outbox.send(
        reply, failed_with<InitProducerIdResponse>(ErrorCode::COORDINATOR_NOT_AVAILABLE));
  });
}

void TransactionCoordinator::init_when_ended(const InitProducerIdRequest& request, InitReply reply,
                                             ErrorCode ended) {
  if (ended == ErrorCode::NONE) return init(request, std::move(reply));
  environment_.outbox.send(reply, failed_with<InitProducerIdResponse>(ended));
}

}  // namespace kreel::coordinator
