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
                                                      const std::set<TopicPartition>& partitions) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) {
    queries.push_back({at, OffsetSpec::earliest()});
    queries.push_back({at, OffsetSpec::latest()});
  }
  TRY_ASSIGN(const auto listed, admin.list_offsets(queries, Isolation::kReadUncommitted));
  std::map<TopicPartition, LogBounds> bounds;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    LogBounds& one = bounds[listed[i].at];
    if (listed[i].error) one.error = listed[i].error;
    const bool earliest = queries[i].spec.kind == OffsetSpec::Kind::kEarliest;
    (earliest ? one.start : one.end) = listed[i].offset;
  }
  return bounds;
}

LagRow row_of(const std::string& group, const CommittedOffset& committed, const LogBounds& bounds) {
  LagRow row;
  row.group = group;
  row.at = committed.at;
  row.committed = committed.offset;
  row.log_start = bounds.start;
  row.log_end = bounds.end;
  row.error = committed.error ? committed.error : bounds.error;
  if (row.committed && row.log_end) {
    row.lag = std::max<std::int64_t>(0, *row.log_end - *row.committed);
  }
  return row;
}

/// Where a row's group would read next; nothing when that is the end.
std::optional<RecordLocation> next_record(const LagRow& row) {
  if (row.lag.value_or(0) == 0 || row.error) return std::nullopt;
  return RecordLocation{row.at, std::max(*row.committed, row.log_start.value_or(0))};
}

Result<void> fill_time_lag(AdminClient& admin, std::vector<LagRow>& rows, std::int64_t now_ms) {
  // Groups at the same place share one fetch.
  std::map<std::pair<TopicPartition, std::int64_t>, std::optional<std::int64_t>> timestamps;
  std::vector<RecordLocation> locations;
  for (const LagRow& row : rows) {
    const auto next = next_record(row);
    if (next && timestamps.emplace(std::pair(next->at, next->offset), std::nullopt).second) {
      locations.push_back(*next);
    }
  }
  if (!locations.empty()) {
    TRY_ASSIGN(const auto found, admin.find_records(locations));
    for (std::size_t i = 0; i < found.size(); ++i) {
      timestamps[{locations[i].at, locations[i].offset}] = found[i].timestamp_ms;
    }
  }
  for (LagRow& row : rows) {
    if (row.lag == 0) row.time_lag_ms = 0;
    const auto next = next_record(row);
    if (!next) continue;
    const auto timestamp_ms = timestamps[{next->at, next->offset}];
    if (timestamp_ms) row.time_lag_ms = std::max<std::int64_t>(0, now_ms - *timestamp_ms);
  }
  return {};
}

}  // namespace

Result<LagReport> measure_lag(AdminClient& admin, std::span<const std::string> groups,
                              const LagOptions& options) {
  LagReport report;
  std::vector<GroupOffsetsQuery> queries;
  for (const std::string& group : groups) queries.push_back({group, std::nullopt});
  TRY_ASSIGN(const auto fetched, admin.fetch_offsets(queries));
  std::set<TopicPartition> partitions;
  for (const GroupOffsets& group : fetched) {
    if (group.error) report.errors.push_back(group.error->error);
    for (const CommittedOffset& offset : group.offsets) partitions.insert(offset.at);
  }
  if (partitions.empty()) return report;
  TRY_ASSIGN(const auto bounds, bounds_of(admin, partitions));
  for (const GroupOffsets& group : fetched) {
    for (const CommittedOffset& offset : group.offsets) {
      report.rows.push_back(row_of(group.group, offset, bounds.at(offset.at)));
    }
  }
  std::ranges::sort(report.rows, [](const LagRow& left, const LagRow& right) {
    return std::tie(left.group, left.at) < std::tie(right.group, right.at);
  });
  if (options.time_lag) TRY(fill_time_lag(admin, report.rows, options.now_ms));
  return report;
}

}  // namespace kreel
