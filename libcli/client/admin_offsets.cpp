#include <algorithm>

#include <fmt/format.h>

#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

// What ListOffsets takes instead of a time.
constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;
constexpr std::int64_t kEarliestLocal = -4;
constexpr std::int64_t kLatestTiered = -5;
constexpr std::int64_t kEarliestPendingUpload = -6;

std::int64_t wire_timestamp(const OffsetSpec& spec) {
  switch (spec.kind) {
    case OffsetSpec::Kind::kEarliest:
      return kEarliest;
    case OffsetSpec::Kind::kLatest:
      return kLatest;
    case OffsetSpec::Kind::kMaxTimestamp:
      return kMaxTimestamp;
    case OffsetSpec::Kind::kLocal:
      return kEarliestLocal;
    case OffsetSpec::Kind::kTiered:
      return kLatestTiered;
    case OffsetSpec::Kind::kPending:
      return kEarliestPendingUpload;
    case OffsetSpec::Kind::kAtTime:
      break;
  }
  return std::max<std::int64_t>(0, spec.time_ms);
}

/// What is missing in a broker whose ListOffsets ends with `version`.
std::optional<std::string_view> missing_in(protocol::Version version, std::int64_t timestamp) {
  if (timestamp == kMaxTimestamp && version < 7) {
    return "by the highest timestamp (Kafka 3.0 and later do)";
  }
  if (timestamp == kEarliestLocal && version < 8) {
    return "by the start of the local log (Kafka 3.6 and later do)";
  }
  if (timestamp == kLatestTiered && version < 9) {
    return "by the end of tiered storage (Kafka 3.9 and later do)";
  }
  if (timestamp == kEarliestPendingUpload && version < 11) {
    return "by what is to be uploaded (Kafka 4.2 and later do)";
  }
  return std::nullopt;
}

/// A request may name a partition once only: items that repeat one go into further requests.
std::vector<std::vector<std::size_t>> without_repeats(std::span<const OffsetQuery> queries,
                                                      const std::vector<std::size_t>& items) {
  std::vector<std::vector<std::size_t>> batches;
  std::map<TopicPartition, std::size_t> seen;
  for (const std::size_t item : items) {
    const std::size_t batch = seen[queries[item].at]++;
    if (batch == batches.size()) batches.emplace_back();
    batches[batch].push_back(item);
  }
  return batches;
}

using ListOffsetsCall = Scatter<protocol::ListOffsets>;

Result<std::vector<ListOffsetsCall::Batch>> list_offsets_requests(
    std::span<const OffsetQuery> queries, Isolation isolation, protocol::Version version,
    const std::vector<std::size_t>& items, const Deadline& deadline) {
  std::vector<ListOffsetsCall::Batch> batches;
  for (auto& batch_items : without_repeats(queries, items)) {
    auto& batch = batches.emplace_back();
    batch.request.replica_id = -1;
    batch.request.timeout_ms = static_cast<std::int32_t>(deadline.remaining_ms());
    if (version >= 2) batch.request.isolation_level = static_cast<std::int8_t>(isolation);
    const auto partition_of = [&](std::size_t item) -> const TopicPartition& {
      return queries[item].at;
    };
    for (const auto& [topic, topic_items] : by_topic(batch_items, partition_of)) {
      auto& wanted = batch.request.topics.emplace_back();
      wanted.name = topic;
      for (const std::size_t item : topic_items) {
        auto& partition = wanted.partitions.emplace_back();
        partition.partition_index = queries[item].at.partition;
        partition.timestamp = wire_timestamp(queries[item].spec);
        if (const auto missing = missing_in(version, partition.timestamp)) {
          return fail(ErrorKind::kFailed,
                      fmt::format("the broker does not support ListOffsets {}", *missing));
        }
      }
    }
    batch.items = std::move(batch_items);
  }
  return batches;
}

void fill(ListedOffset& listed, const OffsetSpec& spec,
          const protocol::ListOffsetsResponse::ListOffsetsPartitionResponse& from) {
  if (from.offset >= 0) listed.offset = from.offset;
  const bool by_record =
      spec.kind == OffsetSpec::Kind::kMaxTimestamp || spec.kind == OffsetSpec::Kind::kAtTime;
  if (by_record && from.timestamp >= 0) listed.timestamp_ms = from.timestamp;
  listed.leader_epoch = from.leader_epoch;
}

}  // namespace

Result<std::vector<ListedOffset>> ProtocolAdmin::list_offsets(std::span<const OffsetQuery> queries,
                                                              Isolation isolation) {
  const Deadline deadline = cluster_.new_deadline();
  std::vector<ListedOffset> listed(queries.size());
  std::vector<TopicPartition> partitions;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    listed[i].at = queries[i].at;
    partitions.push_back(queries[i].at);
  }
  LeaderRouter router(cluster_, partitions, "DESCRIBE");
  ListOffsetsCall call(
      cluster_, router,
      [&](protocol::Version version, const ListOffsetsCall::Items& items) {
        return list_offsets_requests(queries, isolation, version, items, deadline);
      },
      [&](const protocol::ListOffsetsResponse& response, const ListOffsetsCall::Items& items,
          Outcome& outcome) {
        for_each_partition(
            response.topics, items,
            [&](std::size_t item) -> const TopicPartition& { return queries[item].at; },
            [&](std::size_t item, const auto& answer) {
              if (answer.error_code != ErrorCode::NONE) {
                return outcome.failed(item, answer.error_code,
                                      Subject::partition_of(queries[item].at, "DESCRIBE"));
              }
              fill(listed[item], queries[item].spec, answer);
              outcome.done(item);
            });
      });
  TRY_ASSIGN(auto outcome, call.run(queries.size(), deadline));
  for (std::size_t i = 0; i < queries.size(); ++i) listed[i].error = outcome.take_error(i);
  suggest_topics(
      listed, [](const ListedOffset& one) { return one.at.topic; }, deadline);
  return listed;
}

Result<std::vector<DeletedRecords>> ProtocolAdmin::delete_records(
    std::span<const DeleteRecordsBefore> before) {
  constexpr std::int64_t kUpToTheEnd = -1;
  const Deadline deadline = cluster_.new_deadline();
  std::vector<DeletedRecords> results(before.size());
  std::vector<TopicPartition> partitions;
  for (std::size_t i = 0; i < before.size(); ++i) {
    results[i].at = before[i].at;
    partitions.push_back(before[i].at);
  }
  LeaderRouter router(cluster_, partitions, "DELETE");
  const auto partition_of = [&](std::size_t item) -> const TopicPartition& {
    return before[item].at;
  };
  using Call = Scatter<protocol::DeleteRecords>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        auto& request = batches[0].request;
        request.timeout_ms = static_cast<std::int32_t>(deadline.remaining_ms());
        for (const auto& [topic, topic_items] : by_topic(items, partition_of)) {
          auto& wanted = request.topics.emplace_back();
          wanted.name = topic;
          for (const std::size_t item : topic_items) {
            auto& partition = wanted.partitions.emplace_back();
            partition.partition_index = before[item].at.partition;
            partition.offset = before[item].offset.value_or(kUpToTheEnd);
          }
        }
        return batches;
      },
      [&](const protocol::DeleteRecordsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for_each_partition(
            response.topics, items, partition_of, [&](std::size_t item, const auto& answer) {
              if (answer.error_code != ErrorCode::NONE) {
                return outcome.failed(item, answer.error_code,
                                      Subject::partition_of(before[item].at, "DELETE"));
              }
              results[item].log_start = answer.low_watermark;
              outcome.done(item);
            });
      });
  TRY_ASSIGN(auto outcome, call.run(before.size(), deadline));
  for (std::size_t i = 0; i < before.size(); ++i) results[i].error = outcome.take_error(i);
  suggest_topics(
      results, [](const DeletedRecords& one) { return one.at.topic; }, deadline);
  return results;
}

}  // namespace kreel::client
