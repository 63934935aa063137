#include "coordinator/runtime.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "coordinator/limits.hpp"

namespace kreel::coordinator {

using protocol::ErrorCode;

ErrorCode client_error(ErrorCode append_error) {
  switch (append_error) {
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode::REQUEST_TIMED_OUT:
      return ErrorCode::COORDINATOR_NOT_AVAILABLE;
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::KAFKA_STORAGE_ERROR:
      return ErrorCode::NOT_COORDINATOR;
    case ErrorCode::MESSAGE_TOO_LARGE:
    case ErrorCode::RECORD_LIST_TOO_LARGE:
    case ErrorCode::INVALID_FETCH_SIZE:
      return ErrorCode::UNKNOWN_SERVER_ERROR;
    default:
      return append_error;
  }
}

namespace {

constexpr ProducerEpoch kNoEpoch = -1;

log::RateLimited overdue_log(10'000);

/// The log is well: it does not take this producer's batch.
bool concerns_the_producer(ErrorCode error) {
  switch (error) {
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::INVALID_TXN_STATE:
    case ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER:
    case ErrorCode::TRANSACTION_COORDINATOR_FENCED:
    case ErrorCode::TRANSACTION_ABORTABLE:
      return true;
    default:
      return false;
  }
}

}  // namespace

PartitionRuntime::PartitionRuntime(PartitionId partition, const Environment& environment,
                                   StateMachine& machine)
    : partition_(partition),
      environment_(environment),
      machine_(machine),
      life_(std::make_shared<int>(0)),
      retry_(environment.executor, environment.clock),
      overdue_(environment.executor, environment.clock) {}

PartitionRuntime::~PartitionRuntime() = default;

void PartitionRuntime::stop() {
  status_ = Status::kIdle;
  source_ = nullptr;
  loaded_ = nullptr;
  reset(ErrorCode::NOT_COORDINATOR);
}

ErrorCode PartitionRuntime::availability() const {
  if (status_ == Status::kIdle) return ErrorCode::NOT_COORDINATOR;
  if (status_ != Status::kActive) return ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
  if (waiters_.size() >= kWaitingRepliesMax) return ErrorCode::COORDINATOR_NOT_AVAILABLE;
  return ErrorCode::NONE;
}

void PartitionRuntime::write(std::vector<Record> records, std::optional<RecordProducer> producer,
                             std::int64_t patience_ms, Done done) {
  if (records.empty()) return after_durable(patience_ms, std::move(done));
  if (status_ != Status::kActive) return refused(ErrorCode::NOT_COORDINATOR, std::move(done));
  protocol::BatchBuilder builder({.producer_id = producer ? producer->id : -1,
                                  .producer_epoch = producer ? producer->epoch : kNoEpoch,
                                  .transactional = producer.has_value()});
  const TimestampMs now_ms = environment_.clock.wall_ms();
  for (const Record& record : records) {
    builder.append({.timestamp = now_ms,
                    .key = ByteView(record.key),
                    .value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt,
                    .headers = {}});
  }
  Bytes batch = builder.build();
  const RecordWriter::Appended appended =
      environment_.writer.append(partition_, batch, when_durable(written_ + 1));
  if (appended.error != ErrorCode::NONE) return refused(appended.error, std::move(done));
  wait(++written_, patience_ms, std::move(done));
  Offset offset = appended.last_offset - static_cast<Offset>(records.size()) + 1;
  for (const Record& record : records) {
    machine_.replay(
        {.offset = offset++,
         .producer_id = producer ? producer->id : -1,
         .key = ByteView(record.key),
         .value = record.value ? std::optional<ByteView>(*record.value) : std::nullopt});
  }
}

void PartitionRuntime::write_marker(const TransactionMarker& marker, Done done) {
  if (status_ != Status::kActive) return refused(ErrorCode::NOT_COORDINATOR, std::move(done));
  const RecordWriter::Appended appended =
      environment_.writer.append_marker(partition_, marker, when_durable(written_ + 1));
  if (appended.error != ErrorCode::NONE) return refused(appended.error, std::move(done));
  wait(++written_, kPatientMs, std::move(done));
  machine_.replay_transaction_end(marker.producer_id, marker.committed);
}

RecordWriter::Durable PartitionRuntime::when_durable(std::uint64_t batch) {
  return [this, batch, life = std::weak_ptr(life_)](ErrorCode error) {
    if (!life.expired()) batch_durable(batch, error);
  };
}

void PartitionRuntime::refused(ErrorCode error, Done done) {
  const ErrorCode told = client_error(error);
  environment_.outbox.push([done = std::move(done), told] { done(told); });
  // NOT_COORDINATOR: the same step went wrong before.
  if (!concerns_the_producer(error)) fail(error);
}

void PartitionRuntime::after_durable(std::int64_t patience_ms, Done done) {
  if (status_ != Status::kActive) {
    return environment_.outbox.push([done = std::move(done)] { done(ErrorCode::NOT_COORDINATOR); });
  }
  if (durable_ == written_ || KREEL_BUG("tell_undurable")) return done(ErrorCode::NONE);
  wait(written_, patience_ms, std::move(done));
}

void PartitionRuntime::wait(std::uint64_t batch, std::int64_t patience_ms, Done done) {
  const bool is_patient = patience_ms == kPatientMs;
  const auto deadline_ms =
      is_patient ? kPatientMs : environment_.clock.monotonic_ms() + patience_ms;
  waiters_.push_back({batch, std::move(done), deadline_ms});
  answer_overdue_at(std::min(overdue_at_ms_, deadline_ms));
}

void PartitionRuntime::answer_overdue_at(std::int64_t time_ms) {
  if (time_ms == overdue_at_ms_) return;
  overdue_at_ms_ = time_ms;
  overdue_.set(time_ms - environment_.clock.monotonic_ms(), [this] { answer_overdue(); });
}

void PartitionRuntime::answer_overdue() {
  const Outbox::Step step(environment_.outbox);
  const auto now_ms = environment_.clock.monotonic_ms();
  const auto overdue = std::stable_partition(
      waiters_.begin(), waiters_.end(), [&](const Waiter& w) { return w.deadline_ms > now_ms; });
  std::vector<Waiter> answered(std::make_move_iterator(overdue),
                               std::make_move_iterator(waiters_.end()));
  waiters_.erase(overdue, waiters_.end());
  auto next_ms = kPatientMs;
  for (const Waiter& waiter : waiters_) next_ms = std::min(next_ms, waiter.deadline_ms);
  overdue_at_ms_ = kPatientMs;
  answer_overdue_at(next_ms);
  if (answered.empty()) return;
  overdue_log.write(log::Level::kWarning,
                    fmt::format("coordinator: the disk keeps {}-{} waiting; {} requests are "
                                "answered without it, to be tried again",
                                environment_.topic, partition_, answered.size()));
  for (const Waiter& waiter : answered) waiter.done(client_error(ErrorCode::REQUEST_TIMED_OUT));
}

void PartitionRuntime::batch_durable(std::uint64_t batch, ErrorCode error) {
  const Outbox::Step step(environment_.outbox);
  if (error != ErrorCode::NONE) return fail(error);
  if (status_ == Status::kActive) durable_ = std::max(durable_, batch);
  while (!waiters_.empty() && waiters_.front().batch <= durable_) {
    const Done done = std::move(waiters_.front().done);
    waiters_.pop_front();
    done(ErrorCode::NONE);
  }
}

void PartitionRuntime::fail(ErrorCode error) {
  if (status_ != Status::kActive) return;
  log::error(fmt::format("coordinator: writing to {}-{} failed ({}); what it holds is read again",
                         environment_.topic, partition_, protocol::to_string(error)));
  status_ = Status::kFailed;
  // Between steps, when nothing holds on to the state.
  environment_.outbox.push([this, error, life = std::weak_ptr(life_)] {
    if (life.expired()) return;
    reset(client_error(error));
    retry_load(error);
  });
}

void PartitionRuntime::reset(ErrorCode error) {
  life_ = std::make_shared<int>(0);
  written_ = 0;
  durable_ = 0;
  reader_.reset();
  loading_ = {};
  loading_rest_ = {};
  retry_.cancel();
  overdue_.cancel();
  overdue_at_ms_ = kPatientMs;
  machine_.clear();
  std::deque<Waiter> waiters = std::exchange(waiters_, {});
  for (const Waiter& waiter : waiters) waiter.done(error);
}

}  // namespace kreel::coordinator
