#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "client/group_state.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel {
namespace {

std::vector<const OffsetPlanRow*> changing_rows(const OffsetPlan& plan) {
  std::vector<const OffsetPlanRow*> rows;
  for (const OffsetPlanRow& row : plan.rows) {
    if (row.changes()) rows.push_back(&row);
  }
  return rows;
}

Result<std::map<TopicPartition, CommittedOffset>> read_rows(
    AdminClient& admin, const std::string& group, const std::vector<const OffsetPlanRow*>& rows) {
  GroupOffsetsQuery query{group, std::vector<TopicPartition>()};
  for (const OffsetPlanRow* row : rows) query.partitions->push_back(row->at);
  TRY_ASSIGN(const auto fetched, admin.fetch_offsets(std::span(&query, 1)));
  if (fetched.front().error) return fail(fetched.front().error->error);
  std::map<TopicPartition, CommittedOffset> commits;
  for (const CommittedOffset& offset : fetched.front().offsets) commits[offset.at] = offset;
  return commits;
}

std::string offset_text(const std::optional<std::int64_t>& offset) {
  return offset ? std::to_string(*offset) : "none";
}

Result<void> check_unmoved(AdminClient& admin, const OffsetPlan& plan,
                           const std::vector<const OffsetPlanRow*>& rows) {
  TRY(client::describe_idle_group(admin, plan.group));
  TRY_ASSIGN(const auto commits, read_rows(admin, plan.group, rows));
  for (const OffsetPlanRow* row : rows) {
    const auto found = commits.find(row->at);
    const auto now = found == commits.end() ? std::nullopt : found->second.offset;
    if (now == row->committed) continue;
    return fail(ErrorKind::kRefused,
                fmt::format("{}: group \"{}\" has moved from {} to {} since the plan; nothing was "
                            "changed",
                            row->at.to_string(), escape_control(plan.group),
                            offset_text(row->committed), offset_text(now)),
                "plan again");
  }
  return {};
}

/// What was read back decides: a commit whose reply got lost may have happened.
std::optional<ItemError> verdict(const OffsetPlanRow& row, std::optional<ItemError> commit_error,
                                 const std::optional<std::int64_t>& after) {
  if (after == row.target) return std::nullopt;
  if (commit_error) return commit_error;
  return ItemError{Error(ErrorKind::kFailed,
                         fmt::format("{}: committed {}, and reads back as {}", row.at.to_string(),
                                     offset_text(row.target), offset_text(after))),
                   0};
}

}  // namespace

Result<std::vector<OffsetChangeResult>> apply_offset_plan(AdminClient& admin,
                                                          const OffsetPlan& plan) {
  const auto rows = changing_rows(plan);
  std::vector<OffsetChangeResult> results;
  if (rows.empty()) return results;
  TRY(check_unmoved(admin, plan, rows));
  std::vector<OffsetToCommit> offsets;
  for (const OffsetPlanRow* row : rows) {
    // The epoch of the old position says nothing about the new one.
    offsets.push_back({row->at, *row->target, -1, row->committed_metadata});
  }
  auto committed = admin.commit_offsets(plan.group, offsets);
  const auto after = read_rows(admin, plan.group, rows);
  if (!committed && !after) return fail(committed.error());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    OffsetChangeResult& result = results.emplace_back();
    result.at = rows[i]->at;
    result.before = rows[i]->committed;
    if (after && after->contains(result.at)) result.after = after->at(result.at).offset;
    std::optional<ItemError> commit_error;
    if (!committed) commit_error = ItemError{committed.error(), 0};
    if (committed) commit_error = (*committed)[i].error;
    if (!after && !commit_error) {
      commit_error = ItemError{Error(after.error()).with_context("cannot be read back"), 0};
    }
    result.error = verdict(*rows[i], std::move(commit_error), result.after);
  }
  return results;
}

}  // namespace kreel
