// DeleteRecords, versions 0-2.
//   2: flexible

#include <algorithm>
#include <memory>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {
namespace {

using protocol::DeleteRecordsResponse;
using protocol::ErrorCode;

constexpr Offset kToHighWatermark = -1;

struct Deletion {
  std::shared_ptr<storage::Log> log;
  Offset before = 0;
  DeleteRecordsResponse::DeleteRecordsPartitionResult* answer = nullptr;
};

ErrorCode check(const PartitionLookup& found) {
  if (found.log == nullptr) return found.error;
  if (found.topic->is_internal) return ErrorCode::INVALID_TOPIC_EXCEPTION;
  // With neither policy nothing else deletes, and whoever asks may.
  const storage::LogConfig config = found.log->config();
  if (config.cleanup_compact && !config.cleanup_delete) return ErrorCode::POLICY_VIOLATION;
  return ErrorCode::NONE;
}

/// One sync for all: the new starts are saved together, then each log takes its own.
void delete_all(storage::LogManager& logs, std::vector<Deletion>& deletions) {
  storage::OffsetsByPartition starts;
  for (Deletion& deletion : deletions) {
    const storage::LogOffsets offsets = deletion.log->offsets();
    if (deletion.before == kToHighWatermark) deletion.before = offsets.high_watermark;
    if (deletion.before <= offsets.log_start || deletion.before > offsets.high_watermark) continue;
    Offset& start = starts[deletion.log->topic_partition()];
    start = std::max(start, deletion.before);
  }
  const bool saved = logs.save_log_starts(starts).has_value();
  for (Deletion& deletion : deletions) {
    ErrorCode& error = deletion.answer->error_code;
    if (deletion.before < 0) {
      error = ErrorCode::OFFSET_OUT_OF_RANGE;
    } else if (!saved && starts.contains(deletion.log->topic_partition())) {
      error = ErrorCode::KAFKA_STORAGE_ERROR;
    } else {
      error = deletion.log->delete_records_before(deletion.before);
    }
    if (error == ErrorCode::NONE) {
      deletion.answer->low_watermark = deletion.log->offsets().log_start;
    }
  }
}

}  // namespace

void handle(Call<protocol::DeleteRecords> call, RequestContext& context) {
  struct Work {
    Call<protocol::DeleteRecords> call;
    DeleteRecordsResponse response;
    std::vector<Deletion> deletions;
  };
  auto work = std::make_shared<Work>(Work{std::move(call), {}, {}});
  const auto snapshot = context.broker.catalog().snapshot();
  for (const auto& topic : work->call.request.topics) {
    auto& out = work->response.topics.emplace_back();
    out.name = topic.name;
    for (const auto& asked : topic.partitions) {
      auto& answer = out.partitions.emplace_back();
      answer.partition_index = asked.partition_index;
      answer.low_watermark = -1;
    }
  }
  // Pointers into the response are taken once it no longer grows.
  for (std::size_t t = 0; t < work->response.topics.size(); ++t) {
    const auto& topic = work->call.request.topics[t];
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      auto& answer = work->response.topics[t].partitions[p];
      const PartitionLookup found = find_partition(*snapshot, topic.name, answer.partition_index);
      answer.error_code = check(found);
      if (answer.error_code != ErrorCode::NONE) continue;
      work->deletions.push_back(
          {.log = found.log, .before = topic.partitions[p].offset, .answer = &answer});
    }
  }
  context.broker.run_blocking(
      [work, &logs = context.broker.logs()] { delete_all(logs, work->deletions); }, context.io,
      [work] { work->call.reply(work->response); });
}

}  // namespace kreel::broker
