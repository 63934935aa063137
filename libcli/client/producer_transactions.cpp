#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "client/deadline.hpp"
#include "client/error_text.hpp"
#include "client/producer_impl.hpp"
#include "kreel/acls.hpp"
#include "kreel/units.hpp"

// The transactions of Producer. librdkafka's calls may be repeated after a time-out and go on where
// they were, so each waits in slices.

namespace kreel {
namespace {

/// How long a wait may go on before stop() is looked at.
constexpr std::int64_t kCommitSliceMs = 100;
constexpr std::int64_t kStartAnewMs = 30'000;
/// For flush(): what has no answer now gets none.
constexpr std::int64_t kAtOnceMs = 0;
constexpr std::int64_t kEndOnStopMs = 500;

using RdError = std::unique_ptr<rd_kafka_error_t, client::RdDeleter<rd_kafka_error_destroy>>;

bool is_slice(const rd_kafka_error_t& error) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || rd_kafka_error_is_retriable(&error) != 0;
}

/// Calls `step(slice_ms)` until it succeeds, fails for good, or the time is over; a stop leaves it
/// little.
template <class Step>
RdError repeat(std::int64_t timeout_ms, const std::atomic<bool>& stopped, const Step& step) {
  const bool was_stopped = stopped;
  auto deadline = client::Deadline::in_ms(timeout_ms);
  while (true) {
    if (stopped && !was_stopped) deadline = deadline.at_most_ms(kEndOnStopMs);
    const std::int64_t slice_ms =
        std::clamp<std::int64_t>(deadline.remaining_ms(), 1, kCommitSliceMs);
    RdError error(step(static_cast<int>(slice_ms)));
    if (error == nullptr || !is_slice(*error) || deadline.passed()) return error;
  }
}

bool is_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

}  // namespace

// What a lost leader or coordinator leaves behind, and what librdkafka (2.0.2) makes of batches
// that were on their way to it: the same records may go well in the next transaction.
bool Producer::Impl::fails_one_transaction(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
    case RD_KAFKA_RESP_ERR__INCONSISTENT:
      return true;
    default:
      return false;
  }
}

// The coordinator fences a producer whose transaction took too long, as it does one whose id was
// taken over: only the time tells them apart.
Error Producer::Impl::fenced_error() const {
  const std::string what =
      fmt::format("transactional id \"{}\"", escape_control(*options_.transactional_id));
  const std::int64_t open_ms = system_clock().monotonic_ms() - transaction_began_ms_;
  if (transaction_began_ms_ == 0 || open_ms < transaction_timeout_ms_) {
    return Error(ErrorKind::kFailed, what + ": another producer has taken it over");
  }
  return Error(ErrorKind::kFailed,
               fmt::format("{}: the transaction was open for {} and has been aborted", what,
                           format_duration(std::chrono::milliseconds(open_ms / 1'000 * 1'000))),
               fmt::format("it may take {}: -X transaction.timeout.ms=N allows more, up to the "
                           "broker's transaction.max.timeout.ms",
                           format_duration(std::chrono::milliseconds(transaction_timeout_ms_))));
}

Error Producer::Impl::transaction_error(const rd_kafka_error_t& error,
                                        const std::string& group) const {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
  if (is_fenced(code)) return fenced_error();
  const std::string& id = *options_.transactional_id;
  const std::string what = fmt::format("transactional id \"{}\"", escape_control(id));
  switch (code) {
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return transaction_denied(code, group);
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return Error(ErrorKind::kUnreachable, what + ": its coordinator did not answer in time");
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return Error(ErrorKind::kUnreachable,
                   what + ": the group has given its partitions to others meanwhile");
    default:
      break;
  }
  Error described = client::describe_rd_error(code, rd_kafka_error_string(&error), id, "WRITE");
  if (described.kind() != ErrorKind::kUnreachable && !fails_one_transaction(code)) {
    return std::move(described).with_context(what);
  }
  return Error(ErrorKind::kUnreachable, what + ": " + client::describe_rd_code(code));
}

// librdkafka does not tell which of the topics it was.
Error Producer::Impl::transaction_denied(rd_kafka_resp_err_t code, const std::string& group) const {
  const std::string user = client::user_of(config_);
  if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    return not_authorized(AclOperation::kWrite, AclResource::kTransactionalId,
                          *options_.transactional_id, user);
  }
  if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    return not_authorized(AclOperation::kRead, AclResource::kGroup, group, user);
  }
  if (topics_.size() == 1) {
    return not_authorized(AclOperation::kWrite, AclResource::kTopic, topics_.begin()->first, user);
  }
  return Error(ErrorKind::kNotAuthorized, "not authorized: WRITE on one of the topics");
}

// A transaction cannot begin while one is open: what librdkafka says then tells what became of it.
std::optional<Error> Producer::Impl::transaction_failure() const {
  if (!options_.transactional_id || transaction_began_ms_ == 0) return std::nullopt;
  const RdError error(rd_kafka_begin_transaction(handle_));
  if (error == nullptr) return std::nullopt;
  Error failure = transaction_error(*error);
  const bool tells =
      failure.kind() == ErrorKind::kNotAuthorized || failure.kind() == ErrorKind::kUnreachable;
  if (!tells) return std::nullopt;
  return failure;
}

Result<void> Producer::Impl::init_transactions(std::int64_t timeout_ms) {
  const RdError error = repeat(timeout_ms, stopped_, [this](int slice_ms) {
    return rd_kafka_init_transactions(handle_, slice_ms);
  });
  if (error == nullptr) return {};
  return fail(transaction_error(*error));
}

/// A new handle asks for a new epoch, in which sequence numbers begin again.
Result<void> Producer::Impl::start_anew(std::int64_t timeout_ms) {
  flush(kAtOnceMs);
  topics_.clear();
  rd_kafka_t* const old = handle_;
  if (auto started = start(ClientConfig(config_)); !started) {
    handle_ = old;
    return started;
  }
  rd_kafka_destroy(old);
  TRY(init_transactions(timeout_ms));
  sequences_in_doubt_ = false;
  return {};
}

Result<void> Producer::Impl::begin_transaction() {
  if (sequences_in_doubt_) TRY(start_anew(kStartAnewMs));
  unanswered_at_begin_ = counts_.accepted - counts_.acknowledged;
  const RdError error(rd_kafka_begin_transaction(handle_));
  transaction_began_ms_ = system_clock().monotonic_ms();
  if (error == nullptr) return {};
  return fail(transaction_error(*error));
}

Result<void> Producer::Impl::add_offsets(const std::string& group,
                                         const rd_kafka_consumer_group_metadata_t& metadata,
                                         std::span<const RecordLocation> offsets,
                                         std::int64_t timeout_ms) {
  const client::RdPartitions list(
      rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const RecordLocation& one : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), one.at.topic.c_str(), one.at.partition)->offset =
        one.offset;
  }
  const RdError error = repeat(timeout_ms, stopped_, [&](int slice_ms) {
    return rd_kafka_send_offsets_to_transaction(handle_, list.get(), &metadata, slice_ms);
  });
  if (error == nullptr) return {};
  return fail(transaction_error(*error, group));
}

Result<void> Producer::Impl::commit_transaction(std::int64_t timeout_ms) {
  const RdError error = repeat(timeout_ms, stopped_, [this](int slice_ms) {
    return rd_kafka_commit_transaction(handle_, slice_ms);
  });
  if (error == nullptr) return {};
  return fail(transaction_error(*error));
}

// librdkafka (2.0.2) gives the sequence numbers of records that it purges to the next ones. Where
// the purged ones had been written and only the answer was lost, the broker takes the next for
// them, as it must: they are acknowledged, and are nowhere.
Result<void> Producer::Impl::abort_transaction(std::int64_t timeout_ms) {
  sequences_in_doubt_ = counts_.accepted - counts_.acknowledged > unanswered_at_begin_;
  const RdError error = repeat(timeout_ms, stopped_, [this](int slice_ms) {
    return rd_kafka_abort_transaction(handle_, slice_ms);
  });
  if (error == nullptr) return {};
  // This handle does nothing any more. The coordinator aborts what it has left open for the next.
  const bool is_given_up = rd_kafka_error_is_fatal(error.get()) != 0;
  if (is_given_up && fails_one_transaction(rd_kafka_error_code(error.get()))) {
    sequences_in_doubt_ = true;
    return start_anew(timeout_ms);
  }
  return fail(transaction_error(*error));
}

}  // namespace kreel
