#include "kreel/offset_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "client/group_state.hpp"
#include "client/offset_moved.hpp"
#include "client/offset_scope.hpp"
#include "client/offset_target.hpp"
#include "client/offset_totals.hpp"

namespace kreel {
namespace {

using client::Commits;
using client::PartitionFacts;
using client::ScopedPartition;

struct LogFacts {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::optional<std::int64_t> at_time;
};

class Planner {
 public:
  Planner(AdminClient& admin, const OffsetChangeRequest& request)
      : admin_(admin), request_(request), other_(std::get_if<SameAsGroup>(&request.to)) {}

  Result<OffsetPlan> run() {
    TRY(check_offset_change(request_));
    TRY(read_groups());
    TRY_ASSIGN(const auto cluster, admin_.describe_cluster());
    plan_.cluster_id = cluster.cluster_id;
    TRY_ASSIGN(auto scope, client::partitions_in_scope(admin_, request_, commits_));
    plan_.left_out = std::move(scope.left_out);
    if (scope.partitions.empty()) return std::move(plan_);
    TRY(read_logs(scope.partitions));
    for (const ScopedPartition& partition : scope.partitions) TRY(add_row(partition));
    if (const auto* given = std::get_if<GivenOffsets>(&request_.to)) {
      client::compare_with_saved(*given, plan_);
    }
    TRY(client::add_totals(admin_, plan_));
    return std::move(plan_);
  }

 private:
  Result<void> read_groups() {
    std::set<std::string> distinct(request_.groups.begin(), request_.groups.end());
    if (other_ != nullptr) distinct.insert(other_->group);
    const std::vector<std::string> names(distinct.begin(), distinct.end());
    std::vector<GroupOffsetsQuery> queries;
    for (const std::string& name : names) queries.push_back({name, std::nullopt});
    // First, because its denials are those of one group.
    TRY_ASSIGN(const auto fetched, admin_.fetch_offsets(queries));
    for (const GroupOffsets& group : fetched) {
      if (group.error) return fail(denied_change(group.group, group.error->error));
      Commits& commits = commits_[group.group];
      for (const CommittedOffset& offset : group.offsets) {
        if (offset.error) return fail(offset.error->error);
        if (offset.offset) commits.emplace(offset.at, offset);
      }
    }
    TRY_ASSIGN(const auto described, client::describe_each(admin_, names));
    for (const GroupDescription& group : described) {
      TRY(check_exists(group));
      const bool changes = std::ranges::count(request_.groups, group.group) > 0;
      auto refusal = client::refusal_of(group);
      if (changes && refusal) plan_.refusals.emplace_back(group.group, std::move(*refusal));
    }
    return {};
  }

  /// Who may not even look at a group is told the right to change it, which has that in it.
  Error denied_change(const std::string& group, const Error& error) const {
    const bool changes = std::ranges::count(request_.groups, group) > 0;
    if (error.kind() != ErrorKind::kNotAuthorized || !changes) return error;
    const bool deletes = std::holds_alternative<NoOffsets>(request_.to);
    return not_authorized(deletes ? AclOperation::kDelete : AclOperation::kRead,
                          AclResource::kGroup, group, admin_.user());
  }

  Result<void> check_exists(const GroupDescription& group) {
    if (group.state != "Dead" || !commits_.at(group.group).empty()) return {};
    const bool is_source = other_ != nullptr && group.group == other_->group;
    const bool may_be_new =
        request_.allow_new_topics || std::holds_alternative<RestoredOffsets>(request_.to);
    if (is_source || !may_be_new) return fail(client::group_not_found(admin_, group.group));
    if (names_topics()) return {};
    return fail(ErrorKind::kNotFound,
                fmt::format("group \"{}\" not found", escape_control(group.group)),
                "-t TOPIC says where a new group is to start");
  }

  /// By itself, not by what the groups have committed.
  bool names_topics() const {
    return !request_.scope.empty() || other_ != nullptr ||
           std::holds_alternative<GivenOffsets>(request_.to) ||
           std::holds_alternative<RestoredOffsets>(request_.to);
  }

  Result<void> read_logs(const std::vector<ScopedPartition>& partitions) {
    const auto time_ms = request_.time_ms();
    std::set<TopicPartition> distinct;
    for (const ScopedPartition& partition : partitions) distinct.insert(partition.at);
    std::vector<OffsetQuery> queries;
    for (const TopicPartition& at : distinct) {
      queries.push_back({at, OffsetSpec::earliest()});
      queries.push_back({at, OffsetSpec::latest()});
      if (time_ms) queries.push_back({at, OffsetSpec::at_time(*time_ms)});
    }
    TRY_ASSIGN(const auto listed, admin_.list_offsets(queries, Isolation::kReadUncommitted));
    for (std::size_t i = 0; i < listed.size(); ++i) {
      if (listed[i].error) return fail(listed[i].error->error);
      LogFacts& log = logs_[listed[i].at];
      switch (queries[i].spec.kind) {
        case OffsetSpec::Kind::kEarliest:
          log.start = listed[i].offset.value_or(0);
          break;
        case OffsetSpec::Kind::kLatest:
          log.end = listed[i].offset.value_or(0);
          break;
        default:
          log.at_time = listed[i].offset;
      }
    }
    return {};
  }

  std::optional<std::int64_t> wanted_offset(const ScopedPartition& partition) const {
    if (partition.given != nullptr) return partition.given->offset;
    if (other_ == nullptr) return std::nullopt;
    const Commits& commits = commits_.at(other_->group);
    const auto found = commits.find(partition.at);
    return found == commits.end() ? std::nullopt : found->second.offset;
  }

  Result<void> add_row(const ScopedPartition& partition) {
    const LogFacts& log = logs_.at(partition.at);
    OffsetPlanRow row;
    row.group = partition.group;
    row.at = partition.at;
    row.log_start = log.start;
    row.log_end = log.end;
    const Commits& commits = commits_.at(partition.group);
    if (const auto commit = commits.find(partition.at); commit != commits.end()) {
      row.committed = commit->second.offset;
      row.committed_leader_epoch = commit->second.leader_epoch;
      row.committed_metadata = commit->second.metadata;
    }
    const PartitionFacts facts{.at = partition.at,
                               .committed = row.committed,
                               .log_start = log.start,
                               .log_end = log.end,
                               .at_time = log.at_time,
                               .wanted = wanted_offset(partition)};
    TRY_ASSIGN(auto target, client::choose_target(request_, facts));
    row.target = target.offset;
    row.note = std::move(target.note);
    fill_target(partition, row);
    plan_.rows.push_back(std::move(row));
    return {};
  }

  /// The epoch of an old position says nothing about a new one; only an undo puts it back.
  static void fill_target(const ScopedPartition& partition, OffsetPlanRow& row) {
    if (!row.target) return;
    row.target_metadata = row.committed_metadata;
    if (row.target == row.committed) row.target_leader_epoch = row.committed_leader_epoch;
    if (partition.given == nullptr) return;
    row.target_metadata = partition.given->metadata.value_or(row.committed_metadata);
    if (partition.replaced == nullptr) return;
    row.target_leader_epoch = partition.given->leader_epoch;
    const bool moved = row.changes() && row.committed != partition.replaced->written;
    if (!moved) return;
    row.note += row.note.empty() ? "" : "; ";
    row.note += "has moved since the change";
  }

  AdminClient& admin_;
  const OffsetChangeRequest& request_;
  const SameAsGroup* other_;
  OffsetPlan plan_;
  std::map<std::string, Commits> commits_;
  std::map<TopicPartition, LogFacts> logs_;
};

}  // namespace

Result<void> check_offset_change(const OffsetChangeRequest& request) {
  const auto time_ms = request.time_ms();
  if (!time_ms || *time_ms <= request.now_ms) return {};
  std::string when = format_time(*time_ms);
  // As people type it: whole minutes without seconds.
  if (when.ends_with(":00Z")) when.replace(when.size() - 4, 4, "Z");
  return fail(ErrorKind::kUsage,
              fmt::format("{} is in the future; this would skip everything", when));
}

Result<OffsetPlan> plan_offset_change(AdminClient& admin, const OffsetChangeRequest& request) {
  return Planner(admin, request).run();
}

}  // namespace kreel
