// ListOffsets, versions 1-11.
//   2: isolation level   4: leader epochs   6: flexible   7: -3, the largest timestamp (KIP-734)
//   8: -4, earliest local (KIP-405)   9: -5, latest tiered (KIP-1005)   10: timeout
//   11: -6, earliest pending upload (KIP-1023)

#include <limits>
#include <memory>
#include <set>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;
using protocol::ListOffsetsResponse;
using PartitionAnswer = ListOffsetsResponse::ListOffsetsPartitionResponse;

constexpr TimestampMs kLatest = -1;
constexpr TimestampMs kEarliest = -2;
constexpr TimestampMs kMaxTimestamp = -3;
constexpr TimestampMs kEarliestLocal = -4;
constexpr TimestampMs kLatestTiered = -5;
constexpr TimestampMs kEarliestPendingUpload = -6;

protocol::Version first_version_of(TimestampMs special) {
  switch (special) {
    case kMaxTimestamp:
      return 7;
    case kEarliestLocal:
      return 8;
    case kLatestTiered:
      return 9;
    case kEarliestPendingUpload:
      return 11;
    default:
      return special >= kEarliest ? protocol::Version{1} : protocol::kNever;
  }
}

struct Lookup {
  std::shared_ptr<storage::Log> log;
  TimestampMs timestamp = 0;
  storage::Isolation isolation{};
  PartitionAnswer* answer = nullptr;
};

// The ends are known in memory; true when the question is answered.
bool answer_from_memory(const Lookup& lookup) {
  const storage::LogOffsets offsets = lookup.log->offsets();
  PartitionAnswer& answer = *lookup.answer;
  switch (lookup.timestamp) {
    case kLatest:
      answer.offset = lookup.isolation == storage::Isolation::kReadCommitted
                          ? offsets.last_stable
                          : offsets.high_watermark;
      break;
    case kEarliest:
    case kEarliestLocal:
      answer.offset = offsets.log_start;
      break;
    case kLatestTiered:
    case kEarliestPendingUpload:
      return true;
    default:
      return false;
  }
  answer.leader_epoch = lookup.log->leader_epoch();
  return true;
}

void answer_from_disk(const Lookup& lookup) {
  const auto found = lookup.timestamp == kMaxTimestamp
                         ? lookup.log->find_max_timestamp(lookup.isolation)
                         : lookup.log->find_by_timestamp(lookup.timestamp, lookup.isolation);
  PartitionAnswer& answer = *lookup.answer;
  if (!found) {
    answer.error_code = ErrorCode::KAFKA_STORAGE_ERROR;
  } else if (*found) {
    answer.offset = (*found)->offset;
    answer.timestamp = (*found)->timestamp;
    answer.leader_epoch = (*found)->leader_epoch;
  }
}

constexpr protocol::Version kFirstVersionWithLeaderEpoch = 4;

struct Work {
  Call<protocol::ListOffsets> call;
  ListOffsetsResponse response;
  std::vector<Lookup> lookups;
};

// Kafka answers INVALID_REQUEST for a partition that is named twice.
std::set<std::pair<std::string, PartitionId>> find_duplicates(
    const protocol::ListOffsetsRequest& request) {
  std::set<std::pair<std::string, PartitionId>> seen;
  std::set<std::pair<std::string, PartitionId>> duplicates;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      if (!seen.emplace(topic.name, partition.partition_index).second) {
        duplicates.emplace(topic.name, partition.partition_index);
      }
    }
  }
  return duplicates;
}

void prepare_topic(Work& work, std::size_t t, RequestContext& context,
                   const catalog::Snapshot& snapshot,
                   const std::set<std::pair<std::string, PartitionId>>& duplicates) {
  const auto& topic = work.call.request.topics[t];
  auto& out = work.response.topics[t];
  out.name = topic.name;
  out.partitions.resize(topic.partitions.size());
  for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
    const auto& asked = topic.partitions[p];
    PartitionAnswer& answer = out.partitions[p];
    answer.partition_index = asked.partition_index;
    const PartitionLookup found = find_partition(snapshot, topic.name, asked.partition_index);
    answer.error_code = found.error;
    if (duplicates.contains({topic.name, asked.partition_index})) {
      answer.error_code = ErrorCode::INVALID_REQUEST;
    } else if (context.version < first_version_of(asked.timestamp)) {
      answer.error_code = ErrorCode::UNSUPPORTED_VERSION;
    } else if (found.log != nullptr) {
      answer.error_code = check_leader_epoch(asked.current_leader_epoch, found.log->leader_epoch());
    }
    if (answer.error_code != ErrorCode::NONE) continue;
    const auto isolation = static_cast<storage::Isolation>(work.call.request.isolation_level);
    Lookup lookup{found.log, asked.timestamp, isolation, &answer};
    if (!answer_from_memory(lookup)) work.lookups.push_back(std::move(lookup));
  }
}

void reply(Work& work) {
  if (work.call.version() < kFirstVersionWithLeaderEpoch) {
    for (auto& topic : work.response.topics) {
      for (PartitionAnswer& answer : topic.partitions) answer.leader_epoch = -1;
    }
  }
  work.call.reply(work.response);
}

}  // namespace

void handle(Call<protocol::ListOffsets> call, RequestContext& context) {
  auto work = std::make_shared<Work>(Work{std::move(call), {}, {}});
  const auto snapshot = context.broker.catalog().snapshot();
  const auto duplicates = find_duplicates(work->call.request);
  work->response.topics.resize(work->call.request.topics.size());
  for (std::size_t t = 0; t < work->response.topics.size(); ++t) {
    prepare_topic(*work, t, context, *snapshot, duplicates);
  }
  if (work->lookups.empty()) return reply(*work);
  context.broker.run_on_reader(
      [work] {
        for (const Lookup& lookup : work->lookups) answer_from_disk(lookup);
      },
      context.io, [work] { reply(*work); });
}

}  // namespace kreel::broker
