#include "kreel/offset_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "client/error_text.hpp"
#include "client/group_state.hpp"
#include "client/offset_target.hpp"

namespace kreel {
namespace {

using client::PartitionFacts;

using Commits = std::map<TopicPartition, CommittedOffset>;

Result<Commits> read_commits(AdminClient& admin, const std::string& group) {
  const GroupOffsetsQuery query{group, std::nullopt};
  TRY_ASSIGN(const auto fetched, admin.fetch_offsets(std::span(&query, 1)));
  if (fetched.front().error) return fail(fetched.front().error->error);
  Commits commits;
  for (const CommittedOffset& offset : fetched.front().offsets) {
    if (offset.error) return fail(offset.error->error);
    if (offset.offset) commits.emplace(offset.at, offset);
  }
  return commits;
}

Result<void> check_time(const OffsetChangeRequest& request) {
  const auto time_ms = client::target_time_ms(request);
  if (!time_ms || *time_ms <= request.now_ms) return {};
  return fail(ErrorKind::kUsage, fmt::format("{} is in the future; this would skip everything",
                                             format_time(*time_ms)));
}

/// The topics of the request, or those that the group has committed.
std::vector<TopicPartitions> topics_in_scope(const OffsetChangeRequest& request,
                                             const Commits& commits) {
  if (!request.scope.empty()) return request.scope;
  std::set<std::string> committed;
  for (const auto& [at, commit] : commits) committed.insert(at.topic);
  std::vector<TopicPartitions> topics;
  for (const std::string& topic : committed) topics.push_back({topic, {}});
  return topics;
}

Result<void> check_scope(const OffsetChangeRequest& request, const Commits& commits) {
  if (request.allow_new_topics) return {};
  for (const TopicPartitions& topic : request.scope) {
    const bool committed = std::ranges::any_of(
        commits, [&](const auto& entry) { return entry.first.topic == topic.topic; });
    if (committed) continue;
    return fail(ErrorKind::kNotFound,
                fmt::format("group \"{}\" has committed nothing in topic \"{}\"",
                            escape_control(request.group), escape_control(topic.topic)),
                "--allow-new-topics commits there for the first time");
  }
  return {};
}

Result<std::set<TopicPartition>> partitions_of(AdminClient& admin,
                                               const std::vector<TopicPartitions>& topics) {
  std::vector<std::string> names;
  for (const TopicPartitions& topic : topics) names.push_back(topic.topic);
  TRY_ASSIGN(const auto described, admin.describe_topics(names));
  std::set<TopicPartition> partitions;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (described[i].error) return fail(described[i].error->error);
    std::set<std::int32_t> existing;
    for (const PartitionInfo& info : described[i].partitions) existing.insert(info.partition);
    for (const std::int32_t wanted : topics[i].partitions) {
      const TopicPartition at{topics[i].topic, wanted};
      if (!existing.contains(wanted)) {
        return fail(client::partition_out_of_range(at, existing.size()));
      }
      partitions.insert(at);
    }
    if (!topics[i].partitions.empty()) continue;
    for (const std::int32_t all : existing) partitions.insert({topics[i].topic, all});
  }
  return partitions;
}

Result<std::vector<PartitionFacts>> facts_of(AdminClient& admin,
                                             const std::set<TopicPartition>& partitions,
                                             const Commits& commits,
                                             std::optional<std::int64_t> time_ms) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) {
    queries.push_back({at, OffsetSpec::earliest()});
    queries.push_back({at, OffsetSpec::latest()});
    if (time_ms) queries.push_back({at, OffsetSpec::at_time(*time_ms)});
  }
  TRY_ASSIGN(const auto listed, admin.list_offsets(queries, Isolation::kReadUncommitted));
  std::map<TopicPartition, PartitionFacts> facts;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (listed[i].error) return fail(listed[i].error->error);
    PartitionFacts& one = facts[listed[i].at];
    one.at = listed[i].at;
    switch (queries[i].spec.kind) {
      case OffsetSpec::Kind::kEarliest:
        one.log_start = listed[i].offset.value_or(0);
        break;
      case OffsetSpec::Kind::kLatest:
        one.log_end = listed[i].offset.value_or(0);
        break;
      default:
        one.at_time = listed[i].offset;
    }
  }
  std::vector<PartitionFacts> all;
  for (auto& [at, one] : facts) {
    if (const auto commit = commits.find(at); commit != commits.end()) {
      one.committed = commit->second.offset;
    }
    all.push_back(std::move(one));
  }
  return all;
}

Result<OffsetPlanRow> row_of(const OffsetChangeRequest& request, const PartitionFacts& facts,
                             const Commits& commits) {
  TRY_ASSIGN(auto target, client::choose_target(request, facts));
  OffsetPlanRow row;
  row.at = facts.at;
  row.target = target.offset;
  row.note = std::move(target.note);
  row.log_start = facts.log_start;
  row.log_end = facts.log_end;
  if (const auto commit = commits.find(facts.at); commit != commits.end()) {
    row.committed = commit->second.offset;
    row.committed_leader_epoch = commit->second.leader_epoch;
    row.committed_metadata = commit->second.metadata;
  }
  return row;
}

Result<void> add_totals(AdminClient& admin, OffsetPlan& plan) {
  std::vector<RecordLocation> replayed;
  for (const OffsetPlanRow& row : plan.rows) {
    const std::int64_t delta = row.delta().value_or(0);
    if (delta > 0) plan.skips_at_most += delta;
    if (delta >= 0) continue;
    plan.replays_at_most -= delta;
    replayed.push_back({row.at, *row.target});
  }
  if (replayed.empty()) return {};
  TRY_ASSIGN(const auto found, admin.find_records(replayed));
  for (const FoundRecord& record : found) {
    if (!record.timestamp_ms) continue;
    plan.oldest_replayed_ms =
        std::min(plan.oldest_replayed_ms.value_or(*record.timestamp_ms), *record.timestamp_ms);
  }
  return {};
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
  return target && target != committed;
}

bool OffsetPlan::changes_anything() const {
  return std::ranges::any_of(rows, &OffsetPlanRow::changes);
}

Result<OffsetPlan> plan_offset_change(AdminClient& admin, const OffsetChangeRequest& request) {
  TRY(check_time(request));
  TRY_ASSIGN(const auto group, client::describe_idle_group(admin, request.group));
  TRY_ASSIGN(const Commits commits, read_commits(admin, request.group));
  if (commits.empty() && group.state == "Dead") {
    return fail(client::group_not_found(admin, request.group));
  }
  const auto topics = topics_in_scope(request, commits);
  OffsetPlan plan;
  plan.group = request.group;
  TRY_ASSIGN(const auto cluster, admin.describe_cluster());
  plan.cluster_id = cluster.cluster_id;
  if (topics.empty()) return plan;
  TRY_ASSIGN(const auto partitions, partitions_of(admin, topics));
  TRY(check_scope(request, commits));
  TRY_ASSIGN(const auto facts,
             facts_of(admin, partitions, commits, client::target_time_ms(request)));
  for (const PartitionFacts& one : facts) {
    TRY_ASSIGN(OffsetPlanRow row, row_of(request, one, commits));
    plan.rows.push_back(std::move(row));
  }
  TRY(add_totals(admin, plan));
  return plan;
}

}  // namespace kreel
