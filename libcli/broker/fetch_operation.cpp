#include "broker/fetch_operation.hpp"

#include <algorithm>

#include "broker/broker.hpp"
#include "broker/io_thread.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::FetchResponse;

// Clients before version 6 do not know KAFKA_STORAGE_ERROR; this one makes them look again.
constexpr protocol::Version kFirstVersionWithStorageError = 6;
constexpr protocol::Version kFirstFetchWithTopicIds = 13;

}  // namespace

FetchOperation::FetchOperation(Broker& broker, IoThread& io, Call<protocol::Fetch> call,
                               FetchSessionCache::Opened opened, const Access& access)
    : broker_(broker), io_(io), call_(std::move(call)), opened_(std::move(opened)) {
  bytes_max_ = std::min(call_.request.max_bytes, broker_.config().fetch_max_bytes);
  if (const RequestCharge* charge = call_.charge()) {
    bytes_max_ = std::min(bytes_max_, charge->fetch_bytes_max());
  }
  items_.reserve(opened_.targets.size());
  for (FetchTarget& target : opened_.targets) {
    Item& item = items_.emplace_back();
    item.target = std::move(target);
    resolve(item, access);
  }
}

PartitionLookup FetchOperation::look_up(const FetchTarget& target) const {
  const auto snapshot = broker_.catalog().snapshot();
  return call_.version() >= kFirstFetchWithTopicIds
             ? find_partition(*snapshot, target.topic_id, target.partition)
             : find_partition(*snapshot, target.topic, target.partition);
}

void FetchOperation::resolve(Item& item, const Access& access) {
  PartitionLookup found = look_up(item.target);
  // Only an id that nobody has is told from a topic that is denied.
  const std::string& name = found.topic != nullptr ? found.topic->name : item.target.topic;
  if (found.error != ErrorCode::UNKNOWN_TOPIC_ID && !access.may(rules::fetch, name)) {
    found.error = rules::fetch.error;
  }
  if (found.error != ErrorCode::NONE) {
    item.unresolved = true;
    return answer_error(item, found.error);
  }
  const ErrorCode error =
      check_leader_epoch(item.target.current_leader_epoch, found.log->leader_epoch());
  if (error != ErrorCode::NONE) return answer_error(item, error);
  item.log = found.log;
}

void FetchOperation::answer_error(Item& item, ErrorCode error) {
  if (error == ErrorCode::KAFKA_STORAGE_ERROR && call_.version() < kFirstVersionWithStorageError) {
    error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  }
  item.failed = true;
  item.answer = {};
  item.answer.partition_index = item.target.partition;
  item.answer.error_code = error;
  item.answer.high_watermark = -1;
  item.answer.aborted_transactions.reset();
  item.answer.records = protocol::Records::empty();
}

void FetchOperation::start() {
  const bool enough = read_all();
  if (!look_ups_.empty()) return look_up_places();
  may_wait_ = true;
  const std::int32_t max_wait_ms = call_.request.max_wait_ms;
  if (enough || items_.empty() || max_wait_ms <= 0) return reply_when_warm();
  std::vector<std::shared_ptr<storage::Log>> logs;
  for (const Item& item : items_) {
    if (item.log != nullptr) logs.push_back(item.log);
  }
  if (logs.empty()) return reply_when_warm();
  const std::int64_t idle_ms = broker_.config().connections_max_idle_ms;
  const std::int64_t wait_ms =
      idle_ms > 0 ? std::min<std::int64_t>(max_wait_ms, idle_ms) : max_wait_ms;
  io_.purgatory().park(shared_from_this(), std::move(logs), wait_ms);
}

/// Has the reader find the places that only the disk knows, then begins again.
void FetchOperation::look_up_places() {
  may_wait_ = true;
  broker_.run_on_reader(
      [look_ups = std::move(look_ups_)] {
        for (const auto& [log, options] : look_ups) log->read(options);
      },
      io_, [self = shared_from_this()] { self->start(); });
  look_ups_.clear();
}

bool FetchOperation::try_complete(bool expired) {
  if (done_) return true;
  if (call_.abandoned()) return done_ = true;
  if (!read_all() && !expired) return false;
  reply_when_warm();
  return true;
}

bool FetchOperation::read_all() {
  std::size_t budget_bytes = static_cast<std::size_t>(std::max(bytes_max_, 0));
  bool found_data = false;
  bool failed = false;
  read_bytes_ = 0;
  cold_.clear();
  for (Item& item : items_) {
    if (item.log != nullptr) read_item(item, budget_bytes, found_data);
    // A partition that is not there is told in the reply and does not end the wait for the others.
    failed = failed || (item.failed && !item.unresolved) || item.answer.diverging_epoch.epoch != -1;
    read_bytes_ += item.answer.records.size_bytes();
  }
  const auto wanted = std::clamp(call_.request.min_bytes, 0, std::max(bytes_max_, 0));
  return failed || read_bytes_ >= static_cast<std::size_t>(wanted);
}

void FetchOperation::read_item(Item& item, std::size_t& budget_bytes, bool& found_data) {
  const auto partition_limit = static_cast<std::size_t>(std::max(item.target.max_bytes, 0));
  const auto isolation = static_cast<storage::Isolation>(call_.request.isolation_level);
  storage::ReadOptions options{.from = item.target.fetch_offset,
                               .max_bytes = std::min(partition_limit, budget_bytes),
                               .at_least_one_batch = !found_data,
                               .isolation = isolation,
                               .without_waiting = !may_wait_};
  storage::ReadResult read = item.log->read(options);
  if (read.would_wait) {
    options.without_waiting = false;
    look_ups_.emplace_back(item.log, options);
    return;
  }
  FetchResponse::EpochEndOffset diverging;
  const bool reached =
      read.error == ErrorCode::NONE || read.error == ErrorCode::OFFSET_OUT_OF_RANGE;
  if (item.target.last_fetched_epoch >= 0 && reached) {
    const auto [epoch, end_offset] = item.log->end_offset_for_epoch(item.target.last_fetched_epoch);
    if (epoch < 0 || end_offset < 0) return answer_error(item, ErrorCode::OFFSET_OUT_OF_RANGE);
    // Kafka compares before it reads: a fetch behind the end of the log is told where to go back
    // to.
    if (epoch < item.target.last_fetched_epoch || end_offset < item.target.fetch_offset) {
      diverging = {.epoch = epoch, .end_offset = end_offset};
      read = {};
      read.offsets = item.log->offsets();
    }
  }
  if (read.error != ErrorCode::NONE) {
    // A log of a topic that was deleted meanwhile is offline.
    const ErrorCode gone = look_up(item.target).error;
    return answer_error(item, gone != ErrorCode::NONE ? gone : read.error);
  }
  FetchResponse::PartitionData& answer = item.answer;
  answer = {};
  answer.partition_index = item.target.partition;
  answer.high_watermark = read.offsets.high_watermark;
  answer.last_stable_offset = read.offsets.last_stable;
  answer.log_start_offset = read.offsets.log_start;
  answer.diverging_epoch = diverging;
  if (isolation == storage::Isolation::kReadUncommitted) {
    answer.aborted_transactions.reset();
  } else {
    for (const auto& aborted : read.aborted) {
      answer.aborted_transactions->push_back({aborted.producer_id, aborted.first_offset});
    }
  }
  answer.records = read.records.is_null() ? protocol::Records::empty() : std::move(read.records);
  const std::size_t size_bytes = answer.records.size_bytes();
  if (size_bytes == 0) return;
  found_data = true;
  budget_bytes -= std::min(budget_bytes, size_bytes);
  if (read.cold) cold_.emplace_back(item.log, answer.records);
}

void FetchOperation::reply_when_warm() {
  done_ = true;
  if (cold_.empty()) return reply();
  broker_.run_on_reader(
      [cold = std::move(cold_)] {
        for (const auto& [log, records] : cold) log->warm(records);
      },
      io_, [self = shared_from_this()] { self->reply(); });
}

/// Empty, so that nothing is spent; what was read is asked for again.
void FetchOperation::reply_throttled() {
  FetchResponse response;
  if (opened_.incremental) {
    response.session_id = opened_.session->id();
  } else if (opened_.session != nullptr) {
    // A client takes an empty answer to a full fetch for none, and begins anew.
    broker_.fetch_sessions().close(*opened_.session);
  }
  call_.reply(response);
}

void FetchOperation::reply() {
  if (RequestCharge* charge = call_.charge()) {
    charge->fetched(read_bytes_);
    if (call_.settle() > 0) return reply_throttled();
  }
  FetchResponse response;
  std::unique_lock<std::mutex> session_lock;
  if (opened_.session != nullptr) {
    response.session_id = opened_.session->id();
    session_lock = std::unique_lock(opened_.session->mutex);
  }
  for (Item& item : items_) {
    const bool wanted =
        opened_.session == nullptr || opened_.session->wants(item.target, item.answer);
    if (opened_.incremental && !wanted) continue;
    if (response.responses.empty() || response.responses.back().topic != item.target.topic ||
        response.responses.back().topic_id != item.target.topic_id) {
      auto& topic = response.responses.emplace_back();
      topic.topic = item.target.topic;
      topic.topic_id = item.target.topic_id;
    }
    response.responses.back().partitions.push_back(std::move(item.answer));
  }
  if (session_lock.owns_lock()) session_lock.unlock();
  io_.metrics().record_bytes_out.add(read_bytes_);
  call_.reply(response);
}

}  // namespace kreel::broker
