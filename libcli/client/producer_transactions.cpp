#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/deadline.hpp"
#include "client/producer_impl.hpp"

// The transactions of Producer. librdkafka's calls may be repeated after a time-out and go on where
// they were, so each waits in slices.

namespace kreel {
namespace {

/// How long a wait may go on before stop() is looked at.
constexpr std::int64_t kCommitSliceMs = 100;

using RdError = std::unique_ptr<rd_kafka_error_t, client::RdDeleter<rd_kafka_error_destroy>>;

Error error_of(const rd_kafka_error_t& error, const std::string& transactional_id) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
  const std::string what = fmt::format("transactional id \"{}\"", transactional_id);
  switch (code) {
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
      return Error(ErrorKind::kFailed, fmt::format("{}: another producer has taken it over", what));
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return Error(ErrorKind::kNotAuthorized, fmt::format("not authorized: WRITE on {}", what));
    default:
      return client::describe_rd_error(code, rd_kafka_error_string(&error), transactional_id,
                                       "WRITE")
          .with_context(what);
  }
}

bool is_slice(const rd_kafka_error_t& error) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(&error);
  return code == RD_KAFKA_RESP_ERR__TIMED_OUT || rd_kafka_error_is_retriable(&error) != 0;
}

/// Calls `step(slice_ms)` until it succeeds, fails for good, or the time is over.
template <class Step>
RdError repeat(std::int64_t timeout_ms, const std::atomic<bool>* stopped, const Step& step) {
  const auto deadline = client::Deadline::in_ms(timeout_ms);
  while (true) {
    const std::int64_t slice_ms =
        std::clamp<std::int64_t>(deadline.remaining_ms(), 1, kCommitSliceMs);
    RdError error(step(static_cast<int>(slice_ms)));
    if (error == nullptr || !is_slice(*error) || deadline.passed()) return error;
    if (stopped != nullptr && *stopped) return error;
  }
}

}  // namespace

Result<void> Producer::Impl::init_transactions(std::int64_t timeout_ms) {
  const RdError error = repeat(timeout_ms, &stopped_, [this](int slice_ms) {
    return rd_kafka_init_transactions(handle_, slice_ms);
  });
  if (error == nullptr) return {};
  return fail(error_of(*error, *options_.transactional_id));
}

Result<void> Producer::Impl::begin_transaction() {
  const RdError error(rd_kafka_begin_transaction(handle_));
  if (error == nullptr) return {};
  return fail(error_of(*error, *options_.transactional_id));
}

Result<void> Producer::Impl::add_offsets(const std::string& group,
                                         std::span<const RecordLocation> offsets,
                                         std::int64_t timeout_ms) {
  const client::RdPartitions list(
      rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const RecordLocation& one : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), one.at.topic.c_str(), one.at.partition)->offset =
        one.offset;
  }
  rd_kafka_consumer_group_metadata_t* metadata =
      rd_kafka_consumer_group_metadata_new(group.c_str());
  const RdError error = repeat(timeout_ms, nullptr, [&](int slice_ms) {
    return rd_kafka_send_offsets_to_transaction(handle_, list.get(), metadata, slice_ms);
  });
  rd_kafka_consumer_group_metadata_destroy(metadata);
  if (error == nullptr) return {};
  return fail(error_of(*error, *options_.transactional_id));
}

Result<void> Producer::Impl::commit_transaction(std::int64_t timeout_ms) {
  const RdError error = repeat(timeout_ms, nullptr, [this](int slice_ms) {
    return rd_kafka_commit_transaction(handle_, slice_ms);
  });
  if (error == nullptr) return {};
  return fail(error_of(*error, *options_.transactional_id));
}

Result<void> Producer::Impl::abort_transaction(std::int64_t timeout_ms) {
  const RdError error = repeat(timeout_ms, nullptr, [this](int slice_ms) {
    return rd_kafka_abort_transaction(handle_, slice_ms);
  });
  if (error == nullptr) return {};
  return fail(error_of(*error, *options_.transactional_id));
}

}  // namespace kreel
