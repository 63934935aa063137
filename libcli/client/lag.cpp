#include "kreel/lag.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace kreel {
namespace {

struct LogBounds {
  std::optional<std::int64_t> start;
  std::optional<std::int64_t> end;
  std::optional<ItemError> error;
};

Result<std::map<TopicPartition, LogBounds>> bounds_of(AdminClient& admin,
                                                      const std::set<TopicPartition>& partitions,
                                                      Isolation isolation) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) {
    queries.push_back({at, OffsetSpec::earliest()});
    queries.push_back({at, OffsetSpec::latest()});
  }
  TRY_ASSIGN(const auto listed, admin.list_offsets(queries, isolation));
  std::map<TopicPartition, LogBounds> bounds;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    LogBounds& one = bounds[listed[i].at];
    if (listed[i].error) one.error = listed[i].error;
    const bool earliest = queries[i].spec.kind == OffsetSpec::Kind::kEarliest;
    (earliest ? one.start : one.end) = listed[i].offset;
  }
  return bounds;
}

/// From one offset to another, or 0 when that lies before it; a broker may name any numbers.
std::int64_t distance(std::int64_t from, std::int64_t to) {
  std::int64_t between = 0;
  if (to <= from) return 0;
  return __builtin_sub_overflow(to, from, &between) ? INT64_MAX : between;
}

/// Where a row's group reads next.
std::optional<std::int64_t> position_of(const LagRow& row) {
  return row.committed ? row.committed : row.log_start;
}

LagRow row_of(const std::string& group, const CommittedOffset& committed, const LogBounds& bounds) {
  LagRow row;
  row.group = group;
  row.at = committed.at;
  row.committed = committed.offset;
  row.leader_epoch = committed.leader_epoch;
  row.metadata = committed.metadata;
  row.log_start = bounds.start;
  row.log_end = bounds.end;
  row.error = committed.error ? committed.error : bounds.error;
  if (row.error && !row.committed) return row;
  if (const auto position = position_of(row); position && row.log_end) {
    row.lag = distance(*position, *row.log_end);
  }
  return row;
}

/// The record that a row's group reads next; nothing when it is at the end.
std::optional<RecordLocation> next_record(const LagRow& row) {
  if (row.lag.value_or(0) == 0 || row.error) return std::nullopt;
  return RecordLocation{row.at, std::max(*position_of(row), row.log_start.value_or(0))};
}

void fill_time_lag(AdminClient& admin, LagReport& report, std::int64_t now_ms) {
  // Groups at the same place share one fetch.
  std::map<std::pair<TopicPartition, std::int64_t>, std::optional<std::int64_t>> timestamps;
  std::vector<RecordLocation> locations;
  for (const LagRow& row : report.rows) {
    const auto next = next_record(row);
    if (next && timestamps.emplace(std::pair(next->at, next->offset), std::nullopt).second) {
      locations.push_back(*next);
    }
  }
  if (!locations.empty()) {
    const auto found = admin.find_records(locations);
    if (!found) {
      report.errors.push_back(found.error());
    } else {
      for (std::size_t i = 0; i < found->size(); ++i) {
        const FoundRecord& record = (*found)[i];
        if (record.error) report.errors.push_back(record.error->error);
        timestamps[{locations[i].at, locations[i].offset}] = record.timestamp_ms;
      }
    }
  }
  for (LagRow& row : report.rows) {
    if (row.lag == 0) row.time_lag_ms = 0;
    const auto next = next_record(row);
    if (!next) continue;
    const auto timestamp_ms = timestamps[{next->at, next->offset}];
    if (timestamp_ms) row.time_lag_ms = std::max<std::int64_t>(0, now_ms - *timestamp_ms);
  }
}

/// What the members of each group hold and want.
struct Interest {
  std::set<std::string> topics;
  std::set<TopicPartition> partitions;
};

std::map<std::string, Interest> interests(AdminClient& admin,
                                          const std::vector<GroupOffsets>& fetched,
                                          std::vector<Error>& errors) {
  std::map<std::string, Interest> by_group;
  std::vector<std::string> names;
  for (const GroupOffsets& group : fetched) {
    if (group.error) continue;
    names.push_back(group.group);
    for (const CommittedOffset& offset : group.offsets) {
      by_group[group.group].topics.insert(offset.at.topic);
    }
  }
  if (names.empty()) return by_group;
  const auto described = admin.describe_groups(names);
  if (!described) {
    errors.push_back(described.error());
    return by_group;
  }
  for (const GroupDescription& group : *described) {
    if (group.error) errors.push_back(group.error->error);
    for (const GroupMember& member : group.members) {
      Interest& interest = by_group[group.group];
      interest.topics.insert(member.subscription.begin(), member.subscription.end());
      interest.partitions.insert(member.assignment.begin(), member.assignment.end());
    }
  }
  return by_group;
}

/// The partitions of each of `topics` that exists.
std::map<std::string, std::vector<TopicPartition>> partitions_of(
    AdminClient& admin, const std::set<std::string>& topics, std::vector<Error>& errors) {
  std::map<std::string, std::vector<TopicPartition>> by_topic;
  if (topics.empty()) return by_topic;
  const std::vector<std::string> names(topics.begin(), topics.end());
  const auto described = admin.describe_topics(names);
  if (!described) {
    errors.push_back(described.error());
    return by_topic;
  }
  for (const TopicInfo& topic : *described) {
    // A deleted topic that has commits is told with them.
    if (topic.error && topic.error->error.kind() != ErrorKind::kNotFound) {
      errors.push_back(topic.error->error);
    }
    for (const PartitionInfo& partition : topic.partitions) {
      by_topic[topic.name].push_back({topic.name, partition.partition});
    }
  }
  return by_topic;
}

/// Appends to each group the partitions that it will read and has never committed.
void add_never_committed(AdminClient& admin, std::vector<GroupOffsets>& fetched,
                         std::vector<Error>& errors) {
  auto by_group = interests(admin, fetched, errors);
  std::set<std::string> topics;
  for (const auto& [group, interest] : by_group) {
    topics.insert(interest.topics.begin(), interest.topics.end());
  }
  const auto partitions = partitions_of(admin, topics, errors);
  for (GroupOffsets& group : fetched) {
    const auto found = by_group.find(group.group);
    if (found == by_group.end()) continue;
    std::set<TopicPartition>& missing = found->second.partitions;
    for (const std::string& topic : found->second.topics) {
      const auto known = partitions.find(topic);
      if (known != partitions.end()) missing.insert(known->second.begin(), known->second.end());
    }
    for (const CommittedOffset& offset : group.offsets) missing.erase(offset.at);
    for (const TopicPartition& at : missing) group.offsets.emplace_back().at = at;
  }
}

}  // namespace

Result<LagReport> measure_lag(AdminClient& admin, std::span<const std::string> groups,
                              const LagOptions& options) {
  LagReport report;
  std::vector<GroupOffsetsQuery> queries;
  for (const std::string& group : groups) queries.push_back({group, std::nullopt});
  TRY_ASSIGN(auto fetched, admin.fetch_offsets(queries));
  for (const GroupOffsets& group : fetched) {
    if (group.error) report.errors.push_back(group.error->error);
  }
  if (options.never_committed) add_never_committed(admin, fetched, report.errors);
  std::set<TopicPartition> partitions;
  for (const GroupOffsets& group : fetched) {
    for (const CommittedOffset& offset : group.offsets) partitions.insert(offset.at);
  }
  if (partitions.empty()) return report;
  TRY_ASSIGN(const auto bounds, bounds_of(admin, partitions, options.isolation));
  for (const GroupOffsets& group : fetched) {
    for (const CommittedOffset& offset : group.offsets) {
      report.rows.push_back(row_of(group.group, offset, bounds.at(offset.at)));
    }
  }
  std::ranges::sort(report.rows, [](const LagRow& left, const LagRow& right) {
    return std::tie(left.group, left.at) < std::tie(right.group, right.at);
  });
  if (options.time_lag) fill_time_lag(admin, report, options.now_ms);
  return report;
}

}  // namespace kreel
