#include "client/offset_totals.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace kreel {
namespace {

/// Where reading goes on from; the log start where nothing is committed.
std::int64_t read_from(const OffsetPlanRow& row, const std::optional<std::int64_t>& offset) {
  return std::clamp(offset.value_or(row.log_start), row.log_start, row.log_end);
}

}  // namespace

std::optional<std::int64_t> OffsetPlanRow::delta() const {
  if (!committed || !target) return std::nullopt;
  return *target - *committed;
}

std::optional<std::int64_t> OffsetPlanRow::lag_after() const {
  if (!target) return std::nullopt;
  return std::max<std::int64_t>(0, log_end - *target);
}

bool OffsetPlanRow::changes() const {
  if (target != committed) return true;
  if (!target) return false;
  return target_leader_epoch != committed_leader_epoch || target_metadata != committed_metadata;
}

bool OffsetPlanRow::deletes() const {
  return committed && !target;
}

std::int64_t OffsetPlanRow::replays_at_most() const {
  if (!committed) return 0;
  return std::max<std::int64_t>(0, read_from(*this, committed) - read_from(*this, target));
}

std::int64_t OffsetPlanRow::skips_at_most() const {
  const std::int64_t before = read_from(*this, committed);
  if (deletes()) return log_end - before;
  if (!target) return 0;
  return std::max<std::int64_t>(0, read_from(*this, target) - before);
}

bool OffsetPlan::changes_anything() const {
  return std::ranges::any_of(rows, &OffsetPlanRow::changes);
}

std::vector<std::string> OffsetPlan::groups() const {
  std::set<std::string> names;
  for (const OffsetPlanRow& row : rows) names.insert(row.group);
  return {names.begin(), names.end()};
}

}  // namespace kreel

namespace kreel::client {

Result<void> add_totals(AdminClient& admin, OffsetPlan& plan) {
  // Groups that begin at the same place share one fetch.
  std::map<std::pair<TopicPartition, std::int64_t>, std::vector<OffsetPlanRow*>> replays;
  for (OffsetPlanRow& row : plan.rows) {
    plan.skips_at_most += row.skips_at_most();
    plan.replays_at_most += row.replays_at_most();
    if (row.replays_at_most() == 0) continue;
    replays[{row.at, std::max(row.target.value_or(row.log_start), row.log_start)}].push_back(&row);
  }
  if (replays.empty()) return {};
  std::vector<RecordLocation> locations;
  for (const auto& [place, rows] : replays) locations.push_back({place.first, place.second});
  TRY_ASSIGN(const auto found, admin.find_records(locations));
  std::size_t next = 0;
  for (const auto& [place, rows] : replays) {
    const auto& time_ms = found[next++].timestamp_ms;
    if (!time_ms) continue;
    for (OffsetPlanRow* row : rows) row->oldest_replayed_ms = time_ms;
    plan.oldest_replayed_ms = std::min(plan.oldest_replayed_ms.value_or(*time_ms), *time_ms);
  }
  return {};
}

}  // namespace kreel::client
