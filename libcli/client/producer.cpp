#include "client/producer_impl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "client/consumer_impl.hpp"
#include "client/deadline.hpp"
#include "client/error_text.hpp"
#include "kreel/acls.hpp"

namespace kreel {
namespace {

/// Delivery reports hold their records' memory until they are polled.
constexpr std::uint64_t kRecordsPerPoll = 64;
/// How long a wait may go on before stop() is looked at.
constexpr int kPollSliceMs = 50;
/// After a purge every record has its report at once.
constexpr std::int64_t kPurgeMs = 1'000;
/// Kafka's own default for a topic's max.message.bytes.
constexpr std::string_view kMessageBytesMax = "1048588";

/// A pointer that is not null, as librdkafka takes null bytes for no bytes.
const char* data_of(const std::optional<std::string_view>& bytes) {
  if (!bytes) return nullptr;
  return bytes->empty() ? "" : bytes->data();
}

rd_kafka_vu_t bytes_argument(rd_kafka_vtype_t type, const std::optional<std::string_view>& bytes) {
  rd_kafka_vu_t argument{};
  argument.vtype = type;
  argument.u.mem.ptr = const_cast<char*>(data_of(bytes));
  argument.u.mem.size = bytes ? bytes->size() : 0;
  return argument;
}

std::size_t size_of(const RecordView& record) {
  std::size_t size = record.key.value_or("").size() + record.value.value_or("").size();
  for (const auto& header : record.headers) {
    size += header.name.size() + header.value.value_or("").size();
  }
  return size;
}

/// Java's RoundRobinPartitioner, which librdkafka has no name for.
constexpr std::string_view kRoundRobin = "round_robin";

std::int32_t take_turns(const rd_kafka_topic_t*, const void*, std::size_t, std::int32_t partitions,
                        void* turns, void*) {
  const auto turn = static_cast<std::atomic<std::uint32_t>*>(turns)->fetch_add(1);
  // Not only those that rd_kafka_topic_partition_available() names: at the start these are few.
  return static_cast<std::int32_t>(turn % static_cast<std::uint32_t>(partitions));
}

/// Idempotence needs acks=all; who asks for less gets less.
bool may_be_idempotent(const ClientConfig& config) {
  const std::string acks = client::user_value(config, "acks", "all");
  return (acks == "all" || acks == "-1") && !client::user_set(config, "retries") &&
         !client::user_set(config, "max.in.flight");
}

}  // namespace

Producer::Impl::~Impl() {
  if (handle_ == nullptr) return;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  topics_.clear();
  rd_kafka_destroy(handle_);
}

Result<void> Producer::Impl::start(const ClientConfig& config) {
  config_ = config;
  if (const auto at = config_.properties.find("partitioner");
      at != config_.properties.end() && at->second == kRoundRobin) {
    config_.properties.erase(at);
    turns_.emplace(0);
  }
  client::RdSettings defaults{
      {"acks", "all"},
      {"partitioner", "murmur2_random"},
      {"message.max.bytes", std::string(kMessageBytesMax)},
      {"queue.buffering.max.kbytes", std::to_string(options_.queue_bytes_max / 1024)},
      {"queue.buffering.max.messages", std::to_string(options_.queue_records_max)},
  };
  client::RdSettings fixed;
  // Else records without a key stay with one partition, and no partitioner is asked.
  if (turns_) fixed.emplace_back("sticky.partitioning.linger.ms", "0");
  if (options_.transactional_id) {
    fixed.emplace_back("transactional.id", *options_.transactional_id);
  } else if (may_be_idempotent(config)) {
    defaults.emplace_back("enable.idempotence", "true");
  }
  TRY_ASSIGN(client::RdConf conf, client::make_rd_conf(config_, defaults, fixed));
  message_bytes_max_ = client::rd_number(conf.get(), "message.max.bytes");
  transaction_timeout_ms_ = client::rd_number(conf.get(), "transaction.timeout.ms");
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_report);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  std::array<char, 512> text{};
  handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text.data(), text.size());
  if (handle_ == nullptr) return fail(ErrorKind::kUsage, text.data());
  static_cast<void>(conf.release());
  return {};
}

Result<void> Producer::Impl::produce(const RecordView& record, std::uint64_t tag) {
  if (++since_poll_ >= kRecordsPerPoll) poll(0);
  TRY_ASSIGN(rd_kafka_topic_t * topic, topic_of(record.topic));
  TRY_ASSIGN(client::RdHeaders headers, headers_of(record));
  while (true) {
    const rd_kafka_resp_err_t code = try_produce(topic, record, tag, headers.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      static_cast<void>(headers.release());
      ++counts_.accepted;
      return {};
    }
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return fail(refusal(code, record));
    if (stopped_) return fail(ErrorKind::kUnreachable, "stopped while the queue was full");
    poll(kPollSliceMs);
  }
}

void Producer::Impl::poll(std::int64_t wait_ms) {
  since_poll_ = 0;
  rd_kafka_poll(handle_, static_cast<int>(wait_ms));
}

void Producer::Impl::push(std::int64_t wait_ms) {
  const auto deadline = client::Deadline::in_ms(wait_ms);
  while (rd_kafka_outq_len(handle_) > 0 && !deadline.passed() && !stopped_) {
    rd_kafka_flush(handle_,
                   static_cast<int>(std::min<std::int64_t>(kPollSliceMs, deadline.remaining_ms())));
  }
}

void Producer::Impl::flush(std::int64_t timeout_ms) {
  const auto deadline = client::Deadline::in_ms(timeout_ms);
  while (rd_kafka_outq_len(handle_) > 0 && !deadline.passed()) {
    rd_kafka_flush(handle_,
                   static_cast<int>(std::min<std::int64_t>(kPollSliceMs, deadline.remaining_ms())));
  }
  if (rd_kafka_outq_len(handle_) == 0) return;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(handle_, kPurgeMs);
}

DeliveryCounts Producer::Impl::counts() const {
  DeliveryCounts counts = counts_;
  counts.in_flight = counts.accepted - counts.acknowledged - counts.failed - counts.unknown;
  return counts;
}

std::string Producer::Impl::last_error() const {
  const std::lock_guard lock(last_error_mutex_);
  return last_error_;
}

void Producer::Impl::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  self(opaque).report(*message);
}

void Producer::Impl::on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  Impl& impl = self(opaque);
  const std::lock_guard lock(impl.last_error_mutex_);
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL) {
    impl.not_let_in_ =
        client::describe_rd_error(static_cast<rd_kafka_resp_err_t>(code), reason, "", "WRITE");
  }
  // It follows the error that says why.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !impl.last_error_.empty()) return;
  impl.last_error_ = client::describe_connection(reason);
}

void Producer::Impl::on_log(const rd_kafka_t* handle, int level, const char* facility,
                            const char* message) {
  const Impl& impl = self(rd_kafka_opaque(handle));
  if (impl.options_.on_log) impl.options_.on_log(level, facility, message);
}

void Producer::Impl::report(const rd_kafka_message_t& message) {
  const auto tag = reinterpret_cast<std::uintptr_t>(message._private);
  const rd_kafka_msg_status_t status = rd_kafka_message_status(&message);
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR || status == RD_KAFKA_MSG_STATUS_PERSISTED) {
    ++counts_.acknowledged;
    counts_.acknowledged_bytes += message.len + message.key_len;
    if (options_.on_delivery) {
      options_.on_delivery(
          {tag, rd_kafka_topic_name(message.rkt), message.partition, message.offset});
    }
    return;
  }
  const bool unknown = status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;
  ++(unknown ? counts_.unknown : counts_.failed);
  if (!options_.on_failure) return;
  options_.on_failure({tag, unknown, write_error(message.err, rd_kafka_topic_name(message.rkt))});
}

Result<client::RdHeaders> Producer::Impl::headers_of(const RecordView& record) {
  if (record.headers.empty()) return client::RdHeaders();
  client::RdHeaders headers(rd_kafka_headers_new(record.headers.size()));
  for (const RecordHeaderView& header : record.headers) {
    const auto code = rd_kafka_header_add(
        headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
        data_of(header.value), static_cast<ssize_t>(header.value.value_or("").size()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return fail(ErrorKind::kFailed, rd_kafka_err2str(code));
    }
  }
  return headers;
}

// A handle of its own asks for the topic's leaders at once. A record that names its topic by text
// does not, and waits up to a second for librdkafka's next look at unknown topics when it comes
// right after the connection.
Result<rd_kafka_topic_t*> Producer::Impl::topic_of(std::string_view name) {
  if (const auto known = topics_.find(name); known != topics_.end()) return known->second.get();
  std::string text(name);
  rd_kafka_topic_conf_t* settings = nullptr;
  if (turns_) {
    settings = rd_kafka_default_topic_conf_dup(handle_);
    rd_kafka_topic_conf_set_opaque(settings, &*turns_);
    rd_kafka_topic_conf_set_partitioner_cb(settings, take_turns);
  }
  client::RdTopic topic(rd_kafka_topic_new(handle_, text.c_str(), settings));
  if (topic == nullptr) {
    return fail(write_error(rd_kafka_last_error(), text));
  }
  return topics_.emplace(std::move(text), std::move(topic)).first->second.get();
}

/// `headers` belong to librdkafka when this succeeds.
rd_kafka_resp_err_t Producer::Impl::try_produce(rd_kafka_topic_t* topic, const RecordView& record,
                                                std::uint64_t tag, rd_kafka_headers_t* headers) {
  // Most records are plain, and to read a list of arguments is a twentieth of what sending one
  // takes.
  if (headers == nullptr && record.timestamp_ms.value_or(0) <= 0) {
    const int result = rd_kafka_produce(
        topic, record.partition.value_or(RD_KAFKA_PARTITION_UA), RD_KAFKA_MSG_F_COPY,
        const_cast<char*>(data_of(record.value)), record.value.value_or("").size(),
        data_of(record.key), record.key.value_or("").size(), reinterpret_cast<void*>(tag));
    if (result == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
    const rd_kafka_resp_err_t code = rd_kafka_last_error();
    return code == RD_KAFKA_RESP_ERR__FATAL ? rd_kafka_fatal_error(handle_, nullptr, 0) : code;
  }
  std::array<rd_kafka_vu_t, 8> arguments{};
  std::size_t count = 0;
  const auto next = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    arguments[count].vtype = type;
    return arguments[count++];
  };
  next(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
  next(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition.value_or(RD_KAFKA_PARTITION_UA);
  next(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
  next(RD_KAFKA_VTYPE_OPAQUE).u.ptr = reinterpret_cast<void*>(tag);
  if (record.key) arguments[count++] = bytes_argument(RD_KAFKA_VTYPE_KEY, record.key);
  if (record.value) arguments[count++] = bytes_argument(RD_KAFKA_VTYPE_VALUE, record.value);
  if (record.timestamp_ms.value_or(0) > 0) {
    next(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = *record.timestamp_ms;
  }
  if (headers != nullptr) next(RD_KAFKA_VTYPE_HEADERS).u.headers = headers;
  rd_kafka_error_t* error = rd_kafka_produceva(handle_, arguments.data(), count);
  if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

Error Producer::Impl::refusal(rd_kafka_resp_err_t code, const RecordView& record) const {
  const std::string topic = escape_control(record.topic);
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return Error(ErrorKind::kBadInput,
                   fmt::format("{} bytes is over the topic's limit {}",
                               with_thousands(static_cast<std::int64_t>(size_of(record))),
                               with_thousands(message_bytes_max_)));
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return Error(ErrorKind::kNotFound, fmt::format("{}[{}]: the topic has fewer partitions",
                                                     topic, record.partition.value_or(-1)));
    case RD_KAFKA_RESP_ERR__STATE:
      if (auto failure = transaction_failure()) return std::move(*failure);
      return write_error(code, record.topic);
    case RD_KAFKA_RESP_ERR__FATAL:
      if (auto failure = transaction_failure()) return std::move(*failure);
      return fatal_error(record.topic);
    case RD_KAFKA_RESP_ERR__FENCED:
      if (options_.transactional_id) return fenced_error();
      [[fallthrough]];
    default:
      return write_error(code, record.topic);
  }
}

// Who may write to no topic gets no producer id, which ends an idempotent producer.
Error Producer::Impl::fatal_error(std::string_view topic) const {
  std::array<char, 512> text{};
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(handle_, text.data(), text.size());
  const std::string user = client::user_of(config_);
  switch (code) {
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return not_authorized(AclOperation::kWrite, AclResource::kTopic, topic, user);
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return not_authorized(AclOperation::kWrite, AclResource::kTransactionalId,
                            options_.transactional_id.value_or(""), user);
    default:
      return Error(ErrorKind::kFailed, text.data());
  }
}

Error Producer::Impl::write_error(rd_kafka_resp_err_t code, std::string_view topic) const {
  const bool was_purged = code == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
                          code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
                          code == RD_KAFKA_RESP_ERR__FATAL;
  if (was_purged || code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
    Error fatal = fatal_error(topic);
    if (fatal.kind() == ErrorKind::kNotAuthorized) return fatal;
  }
  if (was_purged) {
    if (auto failure = transaction_failure()) return std::move(*failure);
  }
  if (options_.transactional_id && fails_one_transaction(code)) {
    return Error(ErrorKind::kUnreachable, client::describe_rd_code(code));
  }
  return client::describe_rd_error(code, rd_kafka_err2str(code), std::string(topic), "WRITE",
                                   client::user_of(config_));
}

Result<std::unique_ptr<Producer>> Producer::open(const ClientConfig& config,
                                                 ProducerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TRY(impl->start(config));
  return std::unique_ptr<Producer>(new Producer(std::move(impl)));
}

Producer::Producer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Producer::~Producer() = default;

Result<void> Producer::produce(const RecordView& record, std::uint64_t tag) {
  return impl_->produce(record, tag);
}
Result<TopicReadiness> Producer::wait_for_topic(const std::string& topic, std::int64_t wait_ms) {
  return impl_->wait_for_topic(topic, wait_ms);
}
void Producer::poll(std::int64_t wait_ms) {
  impl_->poll(wait_ms);
}
void Producer::push(std::int64_t wait_ms) {
  impl_->push(wait_ms);
}
void Producer::flush(std::int64_t timeout_ms) {
  impl_->flush(timeout_ms);
}
void Producer::stop() {
  impl_->stop();
}
Result<void> Producer::init_transactions(std::int64_t timeout_ms) {
  return impl_->init_transactions(timeout_ms);
}
Result<void> Producer::begin_transaction() {
  return impl_->begin_transaction();
}
Result<void> Producer::add_offsets(const std::string& group,
                                   std::span<const RecordLocation> offsets,
                                   std::int64_t timeout_ms) {
  const client::RdGroupMetadata metadata(rd_kafka_consumer_group_metadata_new(group.c_str()));
  return impl_->add_offsets(group, *metadata, offsets, timeout_ms);
}
Result<void> Producer::add_offsets(const Consumer& member, std::span<const RecordLocation> offsets,
                                   std::int64_t timeout_ms) {
  return impl_->add_offsets(member.impl_->group(), *member.impl_->group_metadata(), offsets,
                            timeout_ms);
}
Result<void> Producer::commit_transaction(std::int64_t timeout_ms) {
  return impl_->commit_transaction(timeout_ms);
}
Result<void> Producer::abort_transaction(std::int64_t timeout_ms) {
  return impl_->abort_transaction(timeout_ms);
}
DeliveryCounts Producer::counts() const {
  return impl_->counts();
}
std::string Producer::last_error() const {
  return impl_->last_error();
}

}  // namespace kreel
