#include "cli/resolve_positions.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/core.h>

#include "cli/admin.hpp"
#include "cli/counted.hpp"
#include "cli/usage.hpp"

namespace kreel::cli {
namespace {

std::vector<OffsetQuery> queries_for(std::span<const TopicPartition> partitions, OffsetSpec spec) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) queries.push_back({.at = at, .spec = spec});
  return queries;
}

Result<std::vector<ListedOffset>> list(AdminClient& admin,
                                       std::span<const TopicPartition> partitions, OffsetSpec spec,
                                       Isolation isolation) {
  TRY_ASSIGN(auto listed, admin.list_offsets(queries_for(partitions, spec), isolation));
  for (const ListedOffset& item : listed) {
    if (item.error) return fail(item.error->error);
  }
  return listed;
}

// Whether `until` is before `from` whatever the log holds.
bool ends_first(const Position& from, const Position& until) {
  if (from.anchor == until.anchor) {
    return std::tie(until.value, until.delta) < std::tie(from.value, from.delta);
  }
  return from == Position{.anchor = Position::Anchor::kEnd} &&
         until == Position{.anchor = Position::Anchor::kStart};
}

}  // namespace

Result<void> check_order(const std::optional<Position>& from,
                         const std::optional<Position>& until) {
  if (!from || !until || !ends_first(*from, *until)) return {};
  return usage(fmt::format("from {} until {}: that ends before it starts", to_string(*from),
                           to_string(*until)));
}

Result<std::vector<TopicPartition>> partitions_of(AdminClient& admin, const TopicPartitions& wanted,
                                                  AclOperation purpose) {
  TRY_ASSIGN(const auto topics, require_topics(admin, std::span(&wanted.topic, 1), purpose));
  const auto count = static_cast<std::int32_t>(topics.front().partitions.size());
  std::vector<TopicPartition> partitions;
  for (const std::int32_t partition : wanted.partitions) {
    if (partition >= count) {
      return fail(ErrorKind::kNotFound, fmt::format("{}[{}]: the topic has {}", wanted.topic,
                                                    partition, counted(count, "partition")));
    }
    partitions.push_back({wanted.topic, partition});
  }
  if (!wanted.partitions.empty()) return partitions;
  for (std::int32_t partition = 0; partition < count; ++partition) {
    partitions.push_back({wanted.topic, partition});
  }
  return partitions;
}

Result<std::vector<ResolvedPosition>> resolve_positions(AdminClient& admin,
                                                        std::span<const TopicPartition> partitions,
                                                        const Position& position,
                                                        Isolation isolation) {
  // An offset within an open transaction exists.
  if (position.anchor == Position::Anchor::kOffset) isolation = Isolation::kReadUncommitted;
  TRY_ASSIGN(const auto starts, list(admin, partitions, OffsetSpec::earliest(), isolation));
  TRY_ASSIGN(const auto ends, list(admin, partitions, OffsetSpec::latest(), isolation));
  std::vector<ListedOffset> at_time;
  if (position.anchor == Position::Anchor::kTime) {
    TRY_ASSIGN(at_time, list(admin, partitions, OffsetSpec::at_time(position.value), isolation));
  }
  std::vector<ResolvedPosition> resolved;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    ResolvedPosition row{.at = partitions[i],
                         .log_start = starts[i].offset.value_or(0),
                         .log_end = ends[i].offset.value_or(0)};
    const auto within = [&](std::int64_t offset) {
      return std::clamp(offset, row.log_start, row.log_end);
    };
    switch (position.anchor) {
      case Position::Anchor::kStart:
        row.offset = within(row.log_start + position.delta);
        break;
      case Position::Anchor::kEnd:
        row.offset = within(row.log_end + position.delta);
        break;
      case Position::Anchor::kTime:
        row.offset = at_time[i].offset.value_or(row.log_end);
        break;
      case Position::Anchor::kOffset:
        if (position.value < row.log_start || position.value > row.log_end) {
          return fail(ErrorKind::kNotFound,
                      fmt::format("{}: offset {} is outside {}..{}", row.at.to_string(),
                                  position.value, row.log_start, row.log_end));
        }
        row.offset = position.value;
        break;
      case Position::Anchor::kCommitted:
        return fail(ErrorKind::kUsage, "\"committed\" needs a group");
    }
    resolved.push_back(row);
  }
  return resolved;
}

}  // namespace kreel::cli
