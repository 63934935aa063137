#include "cli/copy_progress.hpp"

#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace kreel::cli {
namespace {

// FNV-1a: the same on every machine and in every version.
std::uint32_t fingerprint(std::string_view text) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash;
}

std::string description_of(const RecordFilterArgs& filter) {
  std::string text = fmt::format("key={}\nvalue={}\nwhere={}", filter.key.value_or(""),
                                 filter.value.value_or(""), filter.where.value_or(""));
  for (const KeyValue& header : filter.headers) {
    text += fmt::format("\nheader {}={}", header.key, header.value);
  }
  return text;
}

}  // namespace

void CopyProgress::sent(std::int32_t partition, std::int64_t offset) {
  Partition& at = partitions_[partition];
  at.read = offset + 1;
  ++at.under_way;
}

void CopyProgress::passed(std::int32_t partition, std::int64_t offset) {
  Partition& at = partitions_[partition];
  at.read = offset + 1;
  settle(at);
}

void CopyProgress::delivered(std::int32_t partition, std::int64_t offset) {
  Partition& at = partitions_[partition];
  --at.under_way;
  if (!at.failed) at.done = offset + 1;
  settle(at);
}

void CopyProgress::failed(std::int32_t partition) {
  Partition& at = partitions_[partition];
  --at.under_way;
  at.failed = true;
}

void CopyProgress::settle(Partition& partition) const {
  if (partition.under_way == 0 && !partition.failed) partition.done = partition.read;
}

std::map<std::int32_t, std::int64_t> CopyProgress::take(std::int64_t Partition::*position) {
  std::map<std::int32_t, std::int64_t> moved;
  for (auto& [number, partition] : partitions_) {
    if (partition.*position <= partition.taken) continue;
    partition.taken = partition.*position;
    moved[number] = partition.taken;
  }
  return moved;
}

std::string copy_group(const CopySource& source, const RecordFilterArgs& filter) {
  std::string group = fmt::format("kreel-cp.{}.{}", source.cluster_id, source.topic);
  if (!source.id.empty()) group += "." + source.id;
  if (filter.any()) group += fmt::format(".{:08x}", fingerprint(description_of(filter)));
  return group;
}

std::string copy_transactional_id(std::string_view group, std::string_view destination,
                                  const std::vector<std::int32_t>& partitions) {
  std::string id = fmt::format("{}.{}", group, destination);
  if (!partitions.empty()) {
    const std::set<std::int32_t> sorted(partitions.begin(), partitions.end());
    id += fmt::format(":{}", fmt::join(sorted, ","));
  }
  return id;
}

Result<std::map<std::int32_t, std::int64_t>> load_copy_progress(AdminClient& to,
                                                                const std::string& group,
                                                                const std::string& topic) {
  GroupOffsetsQuery query;
  query.group = group;
  query.stable = true;
  const std::array<GroupOffsetsQuery, 1> queries{std::move(query)};
  TRY_ASSIGN(const auto found, to.fetch_offsets(queries));
  if (found.front().error) return fail(found.front().error->error);
  std::map<std::int32_t, std::int64_t> offsets;
  for (const CommittedOffset& committed : found.front().offsets) {
    if (committed.at.topic != topic) continue;
    if (committed.error) return fail(committed.error->error);
    if (committed.offset) offsets[committed.at.partition] = *committed.offset;
  }
  return offsets;
}

Result<void> save_copy_progress(AdminClient& to, const std::string& group, const std::string& topic,
                                const std::map<std::int32_t, std::int64_t>& offsets) {
  if (offsets.empty()) return {};
  std::vector<OffsetToCommit> commits;
  for (const auto& [partition, offset] : offsets) {
    commits.push_back({.at = {topic, partition}, .offset = offset});
  }
  TRY_ASSIGN(const auto results, to.commit_offsets(group, commits));
  for (const PartitionResult& result : results) {
    if (result.error) return fail(result.error->error);
  }
  return {};
}

}  // namespace kreel::cli
