#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include "base/text.hpp"
#include "client/group_state.hpp"
#include "client/offset_moved.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel {
namespace {

using Rows = std::vector<const OffsetPlanRow*>;
using RowsOfGroup = std::map<std::string, Rows>;
using Place = std::pair<std::string, TopicPartition>;
using CommitsNow = std::map<Place, CommittedOffset>;

constexpr std::chrono::seconds kLongSilence{2};
constexpr std::int64_t kReadBackMs = 1'500;

RowsOfGroup changing_rows(const OffsetPlan& plan) {
  RowsOfGroup groups;
  for (const OffsetPlanRow& row : plan.rows) {
    if (row.changes()) groups[row.group].push_back(&row);
  }
  return groups;
}

/// What `groups` have committed in their rows' partitions: one call.
Result<CommitsNow> read_commits(AdminClient& admin, const RowsOfGroup& groups) {
  std::vector<GroupOffsetsQuery> queries;
  for (const auto& [group, rows] : groups) {
    auto& query = queries.emplace_back(GroupOffsetsQuery{group, std::vector<TopicPartition>()});
    for (const OffsetPlanRow* row : rows) query.partitions->push_back(row->at);
  }
  TRY_ASSIGN(const auto fetched, admin.fetch_offsets(queries));
  CommitsNow commits;
  for (const GroupOffsets& group : fetched) {
    if (group.error) return fail(group.error->error);
    for (const CommittedOffset& offset : group.offsets) {
      commits[{group.group, offset.at}] = offset;
    }
  }
  return commits;
}

CommittedOffset commit_of(const CommitsNow& commits, const OffsetPlanRow& row) {
  const auto found = commits.find({row.group, row.at});
  if (found != commits.end()) return found->second;
  CommittedOffset none;
  none.at = row.at;
  return none;
}

Result<void> check_unmoved(AdminClient& admin, const RowsOfGroup& groups) {
  std::vector<std::string> names;
  for (const auto& [group, rows] : groups) names.push_back(group);
  TRY(client::check_no_members(admin, names));
  TRY_ASSIGN(const auto commits, read_commits(admin, groups));
  for (const auto& [group, rows] : groups) {
    for (const OffsetPlanRow* row : rows) {
      const CommittedOffset now = commit_of(commits, *row);
      const bool same = now.offset == row->committed &&
                        (!now.offset || (now.leader_epoch == row->committed_leader_epoch &&
                                         now.metadata == row->committed_metadata));
      if (same) continue;
      return fail(client::moved_since_plan(group, row->at, row->committed, now.offset));
    }
  }
  return {};
}

/// Writes group by group: at most one commit and one deletion each. A call's own failure becomes
/// that of each of its rows.
class GroupWriter {
 public:
  explicit GroupWriter(AdminClient& admin) : admin_(admin) {}

  void write(const std::string& group, const Rows& rows) {
    std::vector<OffsetToCommit> commits;
    std::vector<TopicPartition> deletions;
    for (const OffsetPlanRow* row : rows) {
      if (row->target) {
        commits.push_back({row->at, *row->target, row->target_leader_epoch, row->target_metadata});
      } else {
        deletions.push_back(row->at);
      }
    }
    if (!commits.empty()) keep(group, commits, admin_.commit_offsets(group, commits));
    if (!deletions.empty()) keep(group, deletions, admin_.delete_offsets(group, deletions));
  }

  /// Nobody answered; further groups would fail alike, and as slowly.
  const std::optional<Error>& failure() const { return failure_; }
  std::optional<ItemError> error_of(const OffsetPlanRow& row) const {
    const auto found = errors_.find({row.group, row.at});
    return found == errors_.end() ? std::nullopt : std::optional(found->second);
  }

  bool is_unanswered(const OffsetPlanRow& row) const {
    return unanswered_.contains({row.group, row.at});
  }

 private:
  static const TopicPartition& place(const OffsetToCommit& one) { return one.at; }
  static const TopicPartition& place(const TopicPartition& one) { return one; }

  template <class Asked>
  void keep(const std::string& group, const std::vector<Asked>& asked,
            const Result<std::vector<PartitionResult>>& results) {
    if (!results) {
      failure_ = results.error();
      for (const Asked& one : asked) {
        errors_.insert_or_assign({group, place(one)}, ItemError{results.error(), 0});
        unanswered_.insert({group, place(one)});
      }
      return;
    }
    for (const PartitionResult& result : *results) {
      if (!result.error) continue;
      errors_.insert_or_assign({group, result.at}, *result.error);
      if (result.error->error.kind() != ErrorKind::kUnreachable) continue;
      failure_ = result.error->error;
      unanswered_.insert({group, result.at});
    }
  }

  AdminClient& admin_;
  std::optional<Error> failure_;
  std::map<Place, ItemError> errors_;
  std::set<Place> unanswered_;
};

/// What was read back decides: a commit whose reply got lost may have happened.
std::optional<ItemError> verdict(const OffsetPlanRow& row, std::optional<ItemError> write_error,
                                 const Result<CommitsNow>& after) {
  if (!after) {
    if (write_error) return write_error;
    return ItemError{Error(after.error()).with_context("cannot be read back"), 0};
  }
  const CommittedOffset now = commit_of(*after, row);
  if (now.error) return now.error;
  const bool as_planned =
      now.offset == row.target && (!now.offset || now.metadata == row.target_metadata);
  if (as_planned) return std::nullopt;
  if (write_error) return write_error;
  return ItemError{
      Error(ErrorKind::kFailed,
            fmt::format("{}: committed {}, and reads back as {}", row.at.to_string(),
                        client::commit_text(row.target), client::commit_text(now.offset))),
      0};
}

}  // namespace

Result<std::vector<OffsetChangeResult>> apply_offset_plan(AdminClient& admin,
                                                          const OffsetPlan& plan) {
  const auto groups = changing_rows(plan);
  std::vector<OffsetChangeResult> results;
  if (groups.empty()) return results;
  TRY(check_unmoved(admin, groups));
  GroupWriter writer(admin);
  RowsOfGroup untried;
  const auto began = std::chrono::steady_clock::now();
  for (const auto& [group, rows] : groups) {
    if (writer.failure()) {
      untried.emplace(group, rows);
    } else {
      writer.write(group, rows);
    }
  }
  // Who was silent as long as a call may take is not given as long again.
  const bool was_silent = std::chrono::steady_clock::now() - began > kLongSilence;
  if (writer.failure() && was_silent) admin.end_within(kReadBackMs);
  const auto after = read_commits(admin, groups);
  for (const auto& [group, rows] : groups) {
    for (const OffsetPlanRow* row : rows) {
      OffsetChangeResult& result = results.emplace_back();
      result.group = group;
      result.at = row->at;
      result.before = row->committed;
      auto write_error = writer.error_of(*row);
      if (untried.contains(group)) {
        write_error = ItemError{Error(*writer.failure()).with_context("not tried"), 0};
      }
      result.is_unknown = !after && writer.is_unanswered(*row);
      if (after) result.after = commit_of(*after, *row).offset;
      result.error = verdict(*row, std::move(write_error), after);
    }
  }
  return results;
}

}  // namespace kreel
