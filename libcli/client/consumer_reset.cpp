#include <chrono>
#include <thread>

#include "base/clock.hpp"
#include "client/consumer_impl.hpp"
#include "client/deadline.hpp"

// Where a group begins to read by the age of records, which librdkafka's auto.offset.reset does not
// know.

namespace kreel {
namespace {

constexpr int kAnswerMs = 1'000;
constexpr std::chrono::milliseconds kPause(100);
/// Meanwhile nothing is read and no group is listened to.
constexpr std::int64_t kTogetherMs = 10'000;
constexpr std::int64_t kOneByOneMs = 5'000;

client::RdPartitions copy_of(const rd_kafka_topic_partition_list_t& partitions) {
  return client::RdPartitions(rd_kafka_topic_partition_list_copy(&partitions));
}

/// An answer for each of them, or the first error.
rd_kafka_resp_err_t first_error(rd_kafka_resp_err_t code,
                                const rd_kafka_topic_partition_list_t& partitions) {
  for (int i = 0; i < partitions.cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    code = partitions.elems[i].err;
  }
  return code;
}

/// `timestamp` may be one of librdkafka's offsets, for the begin of the log or its end.
rd_kafka_resp_err_t look_up(rd_kafka_t* handle, std::int64_t timestamp,
                            rd_kafka_topic_partition_list_t& partitions) {
  for (int i = 0; i < partitions.cnt; ++i) partitions.elems[i].offset = timestamp;
  return first_error(rd_kafka_offsets_for_times(handle, &partitions, kAnswerMs), partitions);
}

bool may_pass(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return true;
    default:
      return client::is_lost_connection(code);
  }
}

}  // namespace

rd_kafka_resp_err_t Consumer::Impl::try_to_place(rd_kafka_topic_partition_list_t& partitions) {
  const auto committed = copy_of(partitions);
  const auto begins = copy_of(partitions);
  const auto ends = copy_of(partitions);
  const auto aged = copy_of(partitions);
  const std::int64_t since_ms = system_clock().wall_ms() - *options_.reset_age_ms;
  auto code = rd_kafka_committed(handle_, committed.get(), kAnswerMs);
  code = first_error(code, *committed);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    code = look_up(handle_, RD_KAFKA_OFFSET_BEGINNING, *begins);
  }
  // Before the records are looked for: one that comes meanwhile is found, or is behind this end.
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = look_up(handle_, RD_KAFKA_OFFSET_END, *ends);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = look_up(handle_, since_ms, *aged);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  // Then the end is that of what is committed, and a group may be past it.
  const bool may_be_past =
      client::rd_value(rd_kafka_conf(handle_), "isolation.level") == "read_committed";
  for (int i = 0; i < partitions.cnt; ++i) {
    const std::int64_t at = committed->elems[i].offset;
    const std::int64_t end = ends->elems[i].offset;
    const std::int64_t by_age = aged->elems[i].offset;
    const bool is_there = at >= begins->elems[i].offset && (at <= end || may_be_past);
    partitions.elems[i].offset = is_there ? at : by_age >= 0 ? by_age : end;
  }
  return code;
}

void Consumer::Impl::place_by_age(rd_kafka_topic_partition_list_t& partitions) {
  const auto together = client::Deadline::in_ms(kTogetherMs);
  while (partitions.cnt > 0 && !stopped_ && !together.passed()) {
    const auto code = try_to_place(partitions);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (!may_pass(code)) {
      fatal_ = read_error(code, rd_kafka_err2str(code), group_);
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
  place_one_by_one(partitions);
}

// One of them keeps the others from being looked up, as a topic that was deleted meanwhile does. It
// begins where auto.offset.reset says.
void Consumer::Impl::place_one_by_one(rd_kafka_topic_partition_list_t& partitions) {
  const auto deadline = client::Deadline::in_ms(kOneByOneMs);
  for (int i = 0; i < partitions.cnt && !stopped_ && !deadline.passed(); ++i) {
    rd_kafka_topic_partition_t& place = partitions.elems[i];
    const client::RdPartitions alone(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(alone.get(), place.topic, place.partition);
    if (try_to_place(*alone) == RD_KAFKA_RESP_ERR_NO_ERROR) place.offset = alone->elems[0].offset;
  }
}

}  // namespace kreel
