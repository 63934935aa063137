#include "cli/topic_lookup.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <fmt/core.h>
#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/record_source.hpp"

namespace kreel::cli {
namespace {

constexpr std::int64_t kBatchBytes = 1'000'000;
constexpr std::int64_t kBatchOverhead = 512;
// Kafka's default of max.message.bytes, where the broker does not tell.
constexpr std::int64_t kBatchBytesMax = 1'048'588;
// Format 2: the header of a batch, and of a record its attributes, two deltas and header count.
constexpr std::int64_t kBatchHeaderBytes = 61;
constexpr std::int64_t kRecordFixedBytes = 4;

std::int64_t header_bytes(const RecordView& record) {
  std::uint64_t bytes = 0;
  for (const RecordHeaderView& header : record.headers) {
    // With room for the lengths in front of name and value.
    bytes += header.name.size() + header.value.value_or("").size() + 4;
  }
  return static_cast<std::int64_t>(bytes);
}

std::int64_t varint_bytes(std::int64_t value) {
  std::int64_t bytes = 1;
  for (auto rest = static_cast<std::uint64_t>(value) << 1; rest >= 0x80; rest >>= 7) ++bytes;
  return bytes;
}

}  // namespace

Result<const TopicTarget*> TopicLookup::find(std::string_view topic) {
  if (const auto known = known_.find(topic); known != known_.end()) return &known->second;
  const std::array<std::string, 1> names{std::string(topic)};
  TRY_ASSIGN(const auto topics, require_topics(admin_, names, AclOperation::kWrite));
  TRY(reach_a_leader(topics[0]));
  TopicTarget target{.name = names[0],
                     .partitions = static_cast<std::int32_t>(topics[0].partitions.size()),
                     .batch_bytes_max = batch_bytes_max(names[0])};
  return &known_.emplace(names[0], std::move(target)).first->second;
}

// A producer tries again and again to reach a leader, and knows at the end that nothing was
// written, but not why. Where one leader answers, the others may be on their way back.
Result<void> TopicLookup::reach_a_leader(const TopicInfo& topic) {
  std::vector<OffsetQuery> one_per_leader;
  std::set<std::int32_t> leaders;
  for (const PartitionInfo& partition : topic.partitions) {
    if (!partition.leader || !leaders.insert(*partition.leader).second) continue;
    one_per_leader.push_back({.at = {topic.name, partition.partition}, .spec = {}});
  }
  TRY_ASSIGN(const auto answers, admin_.list_offsets(one_per_leader, Isolation::kReadUncommitted));
  for (const ListedOffset& answer : answers) {
    if (!answer.error || answer.error->error.kind() != ErrorKind::kUnreachable) return {};
  }
  return answers.empty() ? Result<void>() : fail(answers.front().error->error);
}

// Settings may be hidden from those who may write; the broker then checks the size alone.
std::int64_t TopicLookup::batch_bytes_max(const std::string& topic) {
  const std::array<ConfigResource, 1> resources{
      ConfigResource{.type = ConfigResourceType::kTopic, .name = topic}};
  const DescribeConfigsOptions options{.keys = {"max.message.bytes"}, .synonyms = false};
  const auto configs = admin_.describe_configs(resources, options);
  if (!configs || configs->empty() || configs->front().error) return kBatchBytesMax;
  for (const ConfigEntry& entry : configs->front().entries) {
    if (entry.name != "max.message.bytes" || !entry.value) continue;
    return parse_int64(*entry.value).value_or(kBatchBytesMax);
  }
  return kBatchBytesMax;
}

Result<void> check_partition(const TopicTarget& topic, std::int32_t partition) {
  if (partition >= 0 && partition < topic.partitions) return {};
  return fail(ErrorKind::kNotFound, fmt::format("{}[{}]: the topic has {}", topic.name, partition,
                                                counted(topic.partitions, "partition")));
}

void set_batch_limits(ClientConfig& config, std::int64_t batch_bytes_max) {
  config.properties.try_emplace("message.max.bytes", std::to_string(kLibraryMessageBytesMax));
  const std::int64_t batch =
      std::clamp(batch_bytes_max - kBatchOverhead, std::int64_t{1}, kBatchBytes);
  config.properties.try_emplace("batch.size", std::to_string(batch));
}

Result<void> check_size(const RecordView& record, const TopicTarget& topic) {
  const auto key = static_cast<std::int64_t>(record.key.value_or("").size());
  const auto value = static_cast<std::int64_t>(record.value.value_or("").size());
  const std::int64_t limit = topic.batch_bytes_max;
  const std::int64_t batch = batch_bytes(key, value, header_bytes(record));
  if (batch <= limit) return {};
  return fail(ErrorKind::kBadInput,
              too_large_text(key + value > limit ? key + value : batch, limit));
}

std::int64_t batch_bytes(std::int64_t key_bytes, std::int64_t value_bytes,
                         std::int64_t header_bytes) {
  const std::int64_t record = kRecordFixedBytes + varint_bytes(key_bytes) + key_bytes +
                              varint_bytes(value_bytes) + value_bytes + header_bytes;
  return kBatchHeaderBytes + varint_bytes(record) + record;
}

}  // namespace kreel::cli
