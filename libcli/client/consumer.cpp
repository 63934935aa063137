#include "kreel/consumer.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "base/clock.hpp"
#include "client/consumer_impl.hpp"
#include "client/deadline.hpp"
#include "client/error_text.hpp"

namespace kreel {
namespace {

/// How long a wait may go on: librdkafka wants to be polled, and marks are stored meanwhile.
constexpr std::int64_t kWaitSliceMs = 50;
constexpr std::int64_t kStoreMarksMs = 100;
constexpr int kWatermarksMs = 2'000;

std::optional<std::string_view> bytes_of(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

rd_kafka_message_t* Consumer::Impl::next_message() {
  if (!paused_) {
    if (rd_kafka_message_t* message = lanes_->buffered()) return message;
  }
  if (!marks_.empty() && system_clock().monotonic_ms() - marks_stored_at_ms_ >= kStoreMarksMs) {
    store_marks();
  }
  // Cleared before the queues are looked at: what comes afterwards is written again.
  wake_.clear();
  if (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_, 0)) return message;
  return paused_ ? nullptr : lanes_->next();
}

void Consumer::Impl::wait(std::int64_t wait_ms) const {
  pollfd wake{.fd = wake_.get(), .events = POLLIN, .revents = 0};
  ::poll(&wake, 1, static_cast<int>(wait_ms));
}

Result<Polled> Consumer::Impl::poll(std::int64_t wait_ms) {
  const auto deadline = client::Deadline::in_ms(wait_ms);
  while (true) {
    current_.reset();
    if (stopped_) return Polled::kStopped;
    if (group_.empty() && open_ranges_ == 0) return Polled::kFinished;
    if (fatal_) return fail(*fatal_);
    rd_kafka_message_t* message = next_message();
    if (message == nullptr) {
      TRY(check_patience());
      const std::int64_t left_ms = deadline.remaining_ms();
      if (left_ms == 0) return Polled::kNothing;
      wait(std::min(kWaitSliceMs, left_ms));
      continue;
    }
    current_.reset(message);
    TRY_ASSIGN(const bool accepted, accept(*current_));
    if (accepted) return Polled::kRecord;
  }
}

Result<bool> Consumer::Impl::accept(const rd_kafka_message_t& message) {
  // Errors below 0 are librdkafka's own; those of a broker are answers.
  const bool is_answer = message.err >= 0 || message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (is_answer) {
    heard_ = true;
    fetches_.heard();
    tell(reachability_.heard());
  }
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return accept_record(message);
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    reach_end(message);
    return false;
  }
  TRY(pass_error(message));
  return false;
}

// Behind the last record there may be offsets that no record has: markers of transactions, and what
// was aborted.
void Consumer::Impl::reach_end(const rd_kafka_message_t& message) {
  const char* topic = rd_kafka_topic_name(message.rkt);
  if (group_.empty()) {
    Range* range = range_of(topic, message.partition);
    if (range != nullptr && range->end && message.offset >= *range->end) {
      finish_range(last_at_, *range);
    }
    return;
  }
  Reading& reading = reading_of(topic, message.partition);
  reading.end = message.offset;
  // Also when the group had nothing to read, or else its lag would stay. An empty log has no place
  // to remember, unless the caller thinks so.
  const bool all_written = reading.next < 0 ? message.offset > 0 || options_.commit_empty
                                            : reading.marked == reading.next;
  if (options_.commit && all_written) marks_[{topic, message.partition}] = message.offset;
}

Result<bool> Consumer::Impl::accept_record(const rd_kafka_message_t& message) {
  if (!group_.empty()) {
    Reading& reading = reading_of(rd_kafka_topic_name(message.rkt), message.partition);
    reading.next = message.offset + 1;
    reading.end = -1;
  } else {
    Range* range = range_of(rd_kafka_topic_name(message.rkt), message.partition);
    if (range == nullptr || range->finished) return false;
    if (range->end && message.offset >= *range->end) {
      finish_range(last_at_, *range);
      return false;
    }
    range->next = message.offset + 1;
    if (range->end && range->next >= *range->end) finish_range(last_at_, *range);
  }
  fill_record(message);
  return true;
}

void Consumer::Impl::fill_record(const rd_kafka_message_t& message) {
  record_.topic = rd_kafka_topic_name(message.rkt);
  record_.partition = message.partition;
  record_.offset = message.offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  record_.timestamp_ms.reset();
  record_.timestamp_type = TimestampType::kNone;
  if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && timestamp_ms >= 0) {
    record_.timestamp_ms = timestamp_ms;
    record_.timestamp_type = type == RD_KAFKA_TIMESTAMP_CREATE_TIME ? TimestampType::kCreateTime
                                                                    : TimestampType::kLogAppendTime;
  }
  record_.key = bytes_of(message.key, message.key_len);
  record_.value = bytes_of(message.payload, message.len);
  headers_.clear();
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      headers_.push_back({name, bytes_of(value, size)});
    }
  }
  record_.headers = headers_;
}

Error Consumer::Impl::out_of_range(const rd_kafka_message_t& message) const {
  const char* topic = rd_kafka_topic_name(message.rkt);
  const auto range = ranges_.find({topic, message.partition});
  const std::int64_t wanted = range == ranges_.end() ? message.offset : range->second.next;
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code = rd_kafka_query_watermark_offsets(handle_, topic, message.partition, &low, &high,
                                                     kWatermarksMs);
  const std::string at = TopicPartition{topic, message.partition}.to_string();
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error(ErrorKind::kNotFound, fmt::format("{}: offset {} is out of range", at, wanted));
  }
  return Error(ErrorKind::kNotFound,
               fmt::format("{}: offset {} is outside {}..{}", at, wanted, low, high));
}

Error Consumer::Impl::read_error(rd_kafka_resp_err_t code, std::string_view text,
                                 const std::string& about) const {
  return client::describe_rd_error(code, text, about, "READ", user_);
}

Result<void> Consumer::Impl::pass_error(const rd_kafka_message_t& message) {
  const std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
  const char* text = rd_kafka_message_errstr(&message);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return fail(out_of_range(message));
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG: {
      const bool crc = std::string_view(text).find("CRC") != std::string_view::npos;
      return fail(ErrorKind::kFailed,
                  fmt::format("{}@{}: {}", TopicPartition{topic, message.partition}.to_string(),
                              message.offset, crc ? "CRC mismatch" : text));
    }
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return fail(client::not_found("topic", topic, {}));
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return fail(read_error(message.err, text, topic));
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      // librdkafka looks for the coordinator of every group, also of the one that is not used.
      if (group_.empty()) return {};
      return fail(read_error(message.err, text, group_));
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
      return fail(read_error(message.err, text, group_.empty() ? topic : group_));
    default:
      return {};  // librdkafka goes on trying
  }
}

void Consumer::Impl::mark_written(const RecordView& record) {
  if (group_.empty() || !options_.commit || !record.partition || !record.offset) return;
  TopicPartition at{std::string(record.topic), *record.partition};
  std::int64_t next = *record.offset + 1;
  if (const auto found = readings_.find(at); found != readings_.end()) {
    Reading& reading = found->second;
    reading.marked = next;
    if (next == reading.next && reading.end > next) next = reading.end;
  }
  marks_[std::move(at)] = next;
}

std::vector<RecordLocation> Consumer::Impl::pass_markers(std::int64_t wait_ms) {
  const auto deadline = client::Deadline::in_ms(wait_ms);
  std::map<TopicPartition, std::int64_t> read;
  for (const auto& [at, reading] : readings_) {
    const bool all_written = !options_.commit || reading.marked == reading.next;
    if (reading.next >= 0 && all_written) read[at] = reading.next;
  }
  const auto has_no_more = [this](const auto& entry) {
    const auto found = readings_.find(entry.first);
    return found != readings_.end() && found->second.next == entry.second;
  };
  const auto is_open = [&](const auto& entry) {
    return has_no_more(entry) && readings_.at(entry.first).end < 0;
  };
  resume();
  while (std::ranges::any_of(read, is_open) && !deadline.passed()) {
    const auto polled = poll(std::min(kWaitSliceMs, deadline.remaining_ms()));
    if (!polled || *polled == Polled::kStopped) break;
  }
  std::vector<RecordLocation> ends;
  for (const auto& entry : read) {
    if (has_no_more(entry) && !is_open(entry)) {
      ends.push_back({entry.first, readings_.at(entry.first).end});
    }
  }
  return ends;
}

void Consumer::Impl::store_marks() {
  marks_stored_at_ms_ = system_clock().monotonic_ms();
  if (marks_.empty()) return;
  const client::RdPartitions list(
      rd_kafka_topic_partition_list_new(static_cast<int>(marks_.size())));
  for (const auto& [at, next] : marks_) {
    rd_kafka_topic_partition_list_add(list.get(), at.topic.c_str(), at.partition)->offset = next;
  }
  // Partitions that were revoked meanwhile are refused one by one, which is right.
  rd_kafka_offsets_store(handle_, list.get());
  marks_.clear();
}

Result<void> Consumer::Impl::commit() {
  if (group_.empty() || !options_.commit) return {};
  store_marks();
  const auto code = rd_kafka_commit(handle_, nullptr, 0);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) return {};
  return fail(read_error(code, rd_kafka_err2str(code), group_));
}

Result<std::unique_ptr<Consumer>> Consumer::assign(const ClientConfig& config,
                                                   std::vector<ReadRange> ranges,
                                                   ConsumerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TRY(impl->start_assigned(config, std::move(ranges)));
  return std::unique_ptr<Consumer>(new Consumer(std::move(impl)));
}

Result<std::unique_ptr<Consumer>> Consumer::subscribe(const ClientConfig& config, std::string group,
                                                      std::vector<std::string> topics,
                                                      ConsumerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TRY(impl->start_subscribed(config, group, topics));
  return std::unique_ptr<Consumer>(new Consumer(std::move(impl)));
}

Consumer::Consumer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Consumer::~Consumer() {
  if (impl_->abandon()) static_cast<void>(impl_.release());
}

Result<void> Consumer::change_topics(const std::vector<std::string>& topics) {
  return impl_->change_topics(topics);
}
Result<Polled> Consumer::poll(std::int64_t wait_ms) {
  return impl_->poll(wait_ms);
}
const RecordView& Consumer::record() const {
  return impl_->record();
}
void Consumer::mark_written(const RecordView& record) {
  impl_->mark_written(record);
}
Result<void> Consumer::commit() {
  return impl_->commit();
}
void Consumer::pause() {
  impl_->pause();
}
void Consumer::resume() {
  impl_->resume();
}
int Consumer::descriptor() const {
  return impl_->descriptor();
}
void Consumer::finish(const TopicPartition& at) {
  impl_->finish(at);
}
std::vector<RecordLocation> Consumer::positions() const {
  return impl_->positions();
}
std::vector<RecordLocation> Consumer::pass_markers(std::int64_t wait_ms) {
  return impl_->pass_markers(wait_ms);
}
bool Consumer::is_reachable() const {
  return impl_->is_reachable();
}
void Consumer::stop() {
  impl_->stop();
}
Result<void> Consumer::close(std::int64_t wait_ms) {
  return impl_->close(wait_ms);
}

}  // namespace kreel
