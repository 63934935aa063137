// Produce, versions 3-11 (0-2 are advertised and closed on, as Apache Kafka does).
//   5: log start offset in the reply   7: zstd allowed   8: errors per record
//   9: flexible   10: current leader in the reply   11: as 10

#include "broker/handlers/handlers.hpp"

#include <fmt/core.h>

#include "broker/broker.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::ProduceResponse;
using PartitionResponse = ProduceResponse::PartitionProduceResponse;

constexpr protocol::Version kFirstVersionWithZstd = 7;
constexpr std::string_view kAdminClientId = "__admin_client";

struct Refusal {
  ErrorCode error = ErrorCode::NONE;
  std::string message;
};

// What is refused before the log is asked: things of the request, not of the records.
Refusal check_request(const protocol::Records& records, const catalog::Topic& topic,
                      RequestContext& context) {
  if (topic.is_internal && context.client_id != kAdminClientId) {
    return {ErrorCode::INVALID_TOPIC_EXCEPTION,
            fmt::format("clients cannot write to internal topic {}", topic.name)};
  }
  if (context.broker.logs().disk_is_full()) {
    return {ErrorCode::KAFKA_STORAGE_ERROR,
            fmt::format("the disk is full: {} bytes free",
                        context.broker.logs().free_space().available_bytes)};
  }
  if (records.is_null() || records.size_bytes() == 0) {
    return {ErrorCode::INVALID_RECORD, "a partition without a record batch"};
  }
  const auto header = protocol::read_batch_header(records.bytes());
  if (!header) return {ErrorCode::INVALID_RECORD, "not a record batch of format version 2"};
  if (header->compression() == protocol::Compression::kZstd &&
      context.version < kFirstVersionWithZstd) {
    return {ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, "zstd needs Produce version 7"};
  }
  if (header->is_transactional()) {
    return {ErrorCode::INVALID_TXN_STATE, "this broker has no transactions"};
  }
  return {};
}

PartitionResponse refused(PartitionId index, Refusal refusal) {
  PartitionResponse response;
  response.index = index;
  response.error_code = refusal.error;
  response.base_offset = -1;
  if (!refusal.message.empty()) response.error_message = std::move(refusal.message);
  return response;
}

PartitionResponse to_response(PartitionId index, storage::AppendResult result) {
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

struct Appended {
  ProduceResponse response;
  std::vector<storage::DurableTarget> not_yet_durable;
  bool failed = false;
};

void append_partition(const protocol::ProduceRequest::TopicProduceData& topic,
                      const protocol::ProduceRequest::PartitionProduceData& data,
                      const catalog::Snapshot& snapshot, RequestContext& context,
                      ProduceResponse::TopicProduceResponse& out, Appended& appended) {
  const PartitionLookup found = find_partition(snapshot, topic.name, topic.topic_id, data.index);
  Refusal refusal{found.error, {}};
  if (refusal.error == ErrorCode::NONE)
    refusal = check_request(data.records, *found.topic, context);
  if (refusal.error != ErrorCode::NONE) {
    appended.failed = true;
    out.partition_responses.push_back(refused(data.index, std::move(refusal)));
    return;
  }
  storage::AppendResult result =
      found.log->append(context.writable(data.records.bytes()), storage::AppendOrigin::kClient);
  if (result.error == ErrorCode::NONE) {
    context.io.metrics().records_in.add(
        static_cast<std::uint64_t>(result.last_offset - result.base_offset + 1));
    context.io.metrics().record_bytes_in.add(data.records.size_bytes());
    const Offset end = result.last_offset + 1;
    if (found.log->offsets().high_watermark < end) {
      appended.not_yet_durable.push_back({.log = found.log, .end_offset = end});
    }
  } else {
    appended.failed = true;
  }
  out.partition_responses.push_back(to_response(data.index, std::move(result)));
}

Appended append_all(const protocol::ProduceRequest& request, RequestContext& context) {
  Appended appended;
  const auto snapshot = context.broker.catalog().snapshot();
  appended.response.responses.reserve(request.topic_data.size());
  for (const auto& topic : request.topic_data) {
    auto& out = appended.response.responses.emplace_back();
    out.name = topic.name;
    out.topic_id = topic.topic_id;
    out.partition_responses.reserve(topic.partition_data.size());
    for (const auto& data : topic.partition_data) {
      append_partition(topic, data, *snapshot, context, out, appended);
    }
  }
  return appended;
}

void fail_all(ProduceResponse& response, ErrorCode error) {
  for (auto& topic : response.responses) {
    for (auto& partition : topic.partition_responses) {
      if (partition.error_code != ErrorCode::NONE) continue;
      partition = refused(partition.index, {error, "the disk failed"});
    }
  }
}

void reject_acks(Call<protocol::Produce> call) {
  ProduceResponse response;
  for (const auto& topic : call.request.topic_data) {
    auto& out = response.responses.emplace_back();
    out.name = topic.name;
    for (const auto& data : topic.partition_data) {
      out.partition_responses.push_back(
          refused(data.index, {ErrorCode::INVALID_REQUIRED_ACKS, {}}));
    }
  }
  call.reply(response);
}

}  // namespace

void handle(Call<protocol::Produce> call, RequestContext& context) {
  const std::int16_t acks = call.request.acks;
  if (acks != 0 && acks != 1 && acks != -1) return reject_acks(std::move(call));
  Appended appended = append_all(call.request, context);
  if (acks == 0) {
    // Nobody waits for the sync, but the high watermark does.
    if (!appended.not_yet_durable.empty()) {
      context.broker.flusher().await_durable(std::move(appended.not_yet_durable),
                                             context.io.executor(), [](bool) {});
    }
    // Nothing can be said to a client that waits for no reply, but by closing (Kafka does too).
    return appended.failed ? call.close("a Produce with acks=0 failed") : call.no_reply();
  }
  if (appended.not_yet_durable.empty()) return call.reply(appended.response);
  struct Waiting {
    Call<protocol::Produce> call;
    ProduceResponse response;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(call), std::move(appended.response)});
  context.broker.flusher().await_durable(
      std::move(appended.not_yet_durable), context.io.executor(), [waiting](bool durable) {
        if (!durable) fail_all(waiting->response, ErrorCode::KAFKA_STORAGE_ERROR);
        waiting->call.reply(waiting->response);
      });
}

}  // namespace kreel::broker
