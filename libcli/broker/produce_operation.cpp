#include "broker/produce_operation.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/assert.hpp"
#include "broker/broker.hpp"
#include "broker/doubled_partitions.hpp"
#include "broker/io_thread.hpp"
#include "broker/limits.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::ProduceResponse;
using PartitionResponse = ProduceResponse::PartitionProduceResponse;

constexpr protocol::Version kFirstVersionWithZstd = 7;
constexpr protocol::Version kFirstProduceWithTopicIds = 13;

PartitionResponse refused(PartitionId index, ErrorCode error, std::string message) {
  PartitionResponse response;
  response.index = index;
  response.error_code = error;
  response.base_offset = -1;
  if (!message.empty()) response.error_message = std::move(message);
  return response;
}

PartitionResponse to_response(PartitionId index, storage::AppendResult&& result) {
  PartitionResponse response;
  response.index = index;
  response.error_code = result.error;
  response.base_offset = result.base_offset;
  response.log_append_time_ms = result.log_append_time_ms;
  response.log_start_offset = result.log_start_offset;
  if (!result.error_message.empty()) response.error_message = std::move(result.error_message);
  for (auto& record_error : result.record_errors) {
    response.record_errors.push_back({.batch_index = record_error.batch_index,
                                      .batch_index_error_message = record_error.message});
  }
  return response;
}

void fail_all(ProduceResponse& response, ErrorCode error) {
  for (auto& topic : response.responses) {
    for (auto& partition : topic.partition_responses) {
      if (partition.error_code != ErrorCode::NONE) continue;
      partition = refused(partition.index, error, "the disk failed");
    }
  }
}

/// What the producer has sent behind this batch must not be appended in front of it.
void note_refused(storage::Log* log, const protocol::ProduceRequest::PartitionProduceData& data) {
  if (log == nullptr || data.records.is_null()) return;
  if (const auto header = protocol::read_batch_header(data.records.bytes())) {
    log->note_refused(*header);
  }
}

/// Each partition stays once.
void drop_doubled(protocol::ProduceRequest& request) {
  auto& topics = request.topic_data;
  if (topics.size() == 1 && topics.front().partition_data.size() == 1) return;
  std::vector<NamedPartition> names;
  for (const auto& topic : topics) {
    for (const auto& data : topic.partition_data) {
      names.push_back({data.index, topic.topic_id, topic.name});
    }
  }
  const auto again = named_again(names);
  if (again.empty()) return;
  std::size_t at = 0;
  for (auto& topic : topics) {
    std::erase_if(topic.partition_data, [&](const auto&) { return again[at++]; });
  }
  std::erase_if(topics, [](const auto& topic) { return topic.partition_data.empty(); });
}

}  // namespace

ProduceOperation::ProduceOperation(Call<protocol::Produce>&& call, RequestContext& context)
    : broker_(context.broker),
      io_(context.io),
      is_admin_client_(context.client_id == kAdminClientId),
      disk_is_full_(broker_.logs().disk_is_full()),
      frame_(context.frame),
      call_(std::move(call)) {}

void ProduceOperation::start(Call<protocol::Produce>&& call, RequestContext& context) {
  drop_doubled(call.request);
  ProduceOperation operation(std::move(call), context);
  const auto snapshot = context.broker.catalog().snapshot();
  operation.find_denied(context.access, *snapshot);
  ProduceGroup& group = context.io.produces();
  if (context.more_follow || !group.empty()) {
    if (auto log = operation.log_of_small(*snapshot)) {
      return group.add(std::move(operation), std::move(log));
    }
    group.run();  // before this one
  }
  if (operation.call_.request.transactional_id) operation.find_questions(*snapshot);
  if (operation.questions_.empty()) return operation.append_and_answer(*snapshot);
  operation.keep_frame();
  auto kept = std::make_shared<ProduceOperation>(std::move(operation));
  kept->ask(kept);
}

void ProduceOperation::note_refusal(const protocol::ProduceRequest& request,
                                    RequestContext& context) {
  const auto snapshot = context.broker.catalog().snapshot();
  for (const auto& topic : request.topic_data) {
    const std::string* name = topic_name_of(topic.name, topic.topic_id, *snapshot);
    if (name == nullptr || !context.access.may(rules::produce, *name)) continue;
    for (const auto& data : topic.partition_data) {
      note_refused(find_partition(*snapshot, *name, data.index).log.get(), data);
    }
  }
}

void ProduceOperation::find_denied(const Access& access, const catalog::Snapshot& snapshot) {
  if (access.is_unlimited()) return;
  for (const auto& topic : call_.request.topic_data) {
    const std::string* name = topic_name_of(topic.name, topic.topic_id, snapshot);
    if (name != nullptr && !access.may(rules::produce, *name)) denied_.push_back(&topic);
  }
}

PartitionLookup ProduceOperation::look_up(const catalog::Snapshot& snapshot, const TopicData& topic,
                                          PartitionId index) const {
  if (std::ranges::find(denied_, &topic) != denied_.end()) {
    PartitionLookup denied;
    denied.error = rules::produce.error;
    return denied;
  }
  return call_.version() >= kFirstProduceWithTopicIds
             ? find_partition(snapshot, topic.topic_id, index)
             : find_partition(snapshot, topic.name, index);
}

// What is refused before the log is asked: things of the request, not of the records.
ProduceOperation::Refusal ProduceOperation::check(const PartitionData& data,
                                                  const catalog::Topic& topic) const {
  if (topic.is_internal && !is_admin_client_) {
    return {ErrorCode::INVALID_TOPIC_EXCEPTION,
            fmt::format("clients cannot write to internal topic {}", topic.name)};
  }
  if (disk_is_full_) {
    return {ErrorCode::KAFKA_STORAGE_ERROR,
            fmt::format("the disk is full: {} bytes free",
                        broker_.logs().free_space().available_bytes)};
  }
  if (data.records.is_null() || data.records.size_bytes() == 0) {
    return {ErrorCode::INVALID_RECORD, "a partition without a record batch"};
  }
  const auto header = protocol::read_batch_header(data.records.bytes());
  if (!header) return {ErrorCode::INVALID_RECORD, "not a record batch of format version 2"};
  if (header->compression() == protocol::Compression::kZstd &&
      call_.version() < kFirstVersionWithZstd) {
    return {ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "zstd needs Produce version 7"};
  }
  if (header->is_transactional()) {
    if (!call_.request.transactional_id) {
      return {ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
              "a transactional batch without a transactional id"};
    }
    if (broker_.transaction_gate() == nullptr) {
      return {ErrorCode::INVALID_TXN_STATE, "this broker has no transactions"};
    }
  }
  return {};
}

/// The writable bytes behind a view into the frame.
MutableByteView ProduceOperation::writable(ByteView part) const {
  const auto at = static_cast<std::size_t>(part.data() - frame_.data());
  KREEL_ASSERT(part.data() >= frame_.data() && at + part.size() <= frame_.size(),
               "a view outside of the request frame");
  return frame_.subspan(at, part.size());
}

void ProduceOperation::append_partition(const TopicData& topic, const PartitionData& data,
                                        const catalog::Snapshot& snapshot, TopicResponse& out) {
  const PartitionLookup found = look_up(snapshot, topic, data.index);
  const Question* question = question_about(data);
  Refusal refusal{found.error, {}};
  if (refusal.error == ErrorCode::NONE) refusal = check(data, *found.topic);
  if (refusal.error == ErrorCode::NONE && question != nullptr) refusal = question->refusal;
  if (refusal.error != ErrorCode::NONE) {
    failed_ = true;
    if (protocol::is_retriable(refusal.error)) note_refused(found.log.get(), data);
    out.partition_responses.push_back(
        refused(data.index, refusal.error, std::move(refusal.message)));
    return;
  }
  const MutableByteView batch = writable(data.records.bytes());
  take_result(data, found.log,
              question != nullptr ? found.log->append_verified(batch, question->guard)
                                  : found.log->append(batch, storage::AppendOrigin::kClient),
              out);
}

void ProduceOperation::take_result(const PartitionData& data,
                                   const std::shared_ptr<storage::Log>& log,
                                   storage::AppendResult&& result, TopicResponse& out) {
  if (result.error == ErrorCode::NONE) {
    io_.metrics().records_in.add(
        static_cast<std::uint64_t>(result.last_offset - result.base_offset + 1));
    io_.metrics().record_bytes_in.add(data.records.size_bytes());
    if (result.awaits_sync) {
      not_yet_durable_.push_back({.log = log, .end_offset = result.last_offset + 1});
    }
  } else {
    failed_ = true;
  }
  out.partition_responses.push_back(to_response(data.index, std::move(result)));
}

ProduceOperation::TopicResponse& ProduceOperation::begin_topic(const TopicData& topic) {
  auto& out = response_.responses.emplace_back();
  out.name = topic.name;
  out.topic_id = topic.topic_id;
  out.partition_responses.reserve(topic.partition_data.size());
  return out;
}

/// Null when this is more than one small batch outside of transactions, or is to be refused.
std::shared_ptr<storage::Log> ProduceOperation::log_of_small(
    const catalog::Snapshot& snapshot) const {
  const auto& topics = call_.request.topic_data;
  if (call_.request.transactional_id || call_.charge() != nullptr) return nullptr;
  if (topics.size() != 1 || topics.front().partition_data.size() != 1) return nullptr;
  const PartitionData& data = topics.front().partition_data.front();
  if (data.records.is_null() || data.records.size_bytes() > limits::kGroupedBatchBytesMax) {
    return nullptr;
  }
  auto found = look_up(snapshot, topics.front(), data.index);
  const bool is_refused =
      found.error != ErrorCode::NONE || check(data, *found.topic).error != ErrorCode::NONE;
  return is_refused ? nullptr : std::move(found.log);
}

MutableByteView ProduceOperation::only_batch() const {
  return writable(call_.request.topic_data.front().partition_data.front().records.bytes());
}

void ProduceOperation::answer_only(const std::shared_ptr<storage::Log>& log,
                                   storage::AppendResult&& result) {
  const TopicData& topic = call_.request.topic_data.front();
  const PartitionData& data = topic.partition_data.front();
  TopicResponse& out = begin_topic(topic);
  take_result(data, log, std::move(result), out);
  answer();
}

void ProduceOperation::append_all(const catalog::Snapshot& snapshot) {
  response_.responses.reserve(call_.request.topic_data.size());
  for (const auto& topic : call_.request.topic_data) {
    TopicResponse& out = begin_topic(topic);
    for (const auto& data : topic.partition_data) append_partition(topic, data, snapshot, out);
  }
}

void ProduceOperation::append_and_answer(const catalog::Snapshot& snapshot) {
  append_all(snapshot);
  if (!questions_.empty()) call_.go_on();
  answer();
}

void ProduceOperation::answer() {
  if (RequestCharge* charge = call_.charge()) {
    // Now, not with the answer: what has come after this one would be appended meanwhile.
    charge->produced(frame_.size(), call_.request.acks != 0);
    call_.settle();
  }
  if (call_.request.acks == 0) {
    // Nobody waits for the sync, but the high watermark does.
    if (!not_yet_durable_.empty()) {
      broker_.flusher().await_durable(std::move(not_yet_durable_), io_.executor(), [](bool) {});
    }
    // Nothing can be said to a client that waits for no reply, but by closing (Kafka does too).
    return failed_ ? call_.close("a Produce with acks=0 failed") : call_.no_reply();
  }
  if (not_yet_durable_.empty()) return call_.reply(response_);
  struct Waiting {
    Call<protocol::Produce> call;
    ProduceResponse response;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(call_), std::move(response_)});
  broker_.flusher().await_durable(std::move(not_yet_durable_), io_.executor(),
                                  [waiting](bool durable) {
                                    if (!durable)
                                      fail_all(waiting->response, ErrorCode::KAFKA_STORAGE_ERROR);
                                    waiting->call.reply(waiting->response);
                                  });
}

}  // namespace kreel::broker
