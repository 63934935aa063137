#include <algorithm>
#include <map>
#include <set>

#include "kafka/group_tables.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::size_t kNameWidth = 15;
constexpr std::string_view kAbsent = "-";

// Who reads a partition; dashes for nobody.
struct OffsetOwner {
  std::string consumer = std::string(kAbsent);
  std::string host = std::string(kAbsent);
  std::string client = std::string(kAbsent);
};

using EndOffsets = std::map<TopicPartition, std::optional<std::int64_t>>;
using Commits = std::map<TopicPartition, CommittedOffset>;

std::string epoch_or_dash(std::optional<std::int32_t> epoch) {
  return epoch ? std::to_string(*epoch) : std::string(kAbsent);
}

std::string number_or_dash(std::optional<std::int64_t> number) {
  return number ? std::to_string(*number) : std::string(kAbsent);
}

// Whether there is something of the group's members to show; says why not.
bool tells_state(const GroupDescription& group, ToolContext& context) {
  if (group.state == "Empty") {
    context.host().streams.out.flush_now();
    context.err_line(fmt::format("\nConsumer group '{}' has no active members.", group.group));
  } else if (group.state != "Stable" && group.state != "Dead") {
    context.host().streams.out.flush_now();
    context.err_line(fmt::format("\nWarning: Consumer group '{}' is rebalancing.", group.group));
  }
  return group.state != "Dead";
}

Outcome<EndOffsets> end_offsets(const std::set<TopicPartition>& partitions, AdminClient& admin) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) queries.push_back({at, OffsetSpec::latest()});
  EndOffsets ends;
  if (queries.empty()) return ends;
  TRY_ASSIGN(const auto listed,
             in_java(admin.list_offsets(queries, Isolation::kReadUncommitted), "listOffsets"));
  for (const ListedOffset& one : listed) ends[one.at] = one.error ? std::nullopt : one.offset;
  return ends;
}

class OffsetRows {
 public:
  OffsetRows(std::string group, Commits commits, EndOffsets ends, bool verbose)
      : group_(std::move(group)),
        commits_(std::move(commits)),
        ends_(std::move(ends)),
        verbose_(verbose) {}

  void add(const TopicPartition& at, const OffsetOwner& owner) {
    const auto commit = commits_.find(at);
    const auto end = ends_.find(at);
    const auto offset =
        commit == commits_.end() ? std::optional<std::int64_t>() : commit->second.offset;
    const auto end_offset = end == ends_.end() ? std::optional<std::int64_t>() : end->second;
    const auto lag =
        offset && end_offset ? std::optional(*end_offset - *offset) : std::optional<std::int64_t>();
    std::vector<std::string> row = {group_, at.topic, std::to_string(at.partition)};
    if (verbose_) {
      const bool known = offset && commit->second.leader_epoch >= 0;
      row.push_back(known ? std::to_string(commit->second.leader_epoch) : std::string(kAbsent));
    }
    row.insert(row.end(), {number_or_dash(offset), number_or_dash(end_offset), number_or_dash(lag),
                           owner.consumer, owner.host, owner.client});
    rows_.push_back(std::move(row));
  }
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }

 private:
  std::string group_;
  Commits commits_;
  EndOffsets ends_;
  bool verbose_;
  std::vector<std::vector<std::string>> rows_;
};

Outcome<std::vector<std::vector<std::string>>> offset_rows(const GroupDescription& group,
                                                           bool verbose, AdminClient& admin) {
  const GroupOffsetsQuery query{.group = group.group};
  TRY_ASSIGN(const auto fetched,
             in_java(admin.fetch_offsets(std::span(&query, 1)), "listConsumerGroupOffsets"));
  if (fetched.front().error) return tl::unexpected(java_error(*fetched.front().error));
  Commits commits;
  std::set<TopicPartition> partitions;
  for (const CommittedOffset& one : fetched.front().offsets) {
    if (one.offset) commits[one.at] = one;
    if (one.offset) partitions.insert(one.at);
  }
  std::set<TopicPartition> assigned;
  for (const GroupMember& member : group.members) {
    assigned.insert(member.assignment.begin(), member.assignment.end());
  }
  partitions.insert(assigned.begin(), assigned.end());
  TRY_ASSIGN(EndOffsets ends, end_offsets(partitions, admin));
  OffsetRows rows(group.group, commits, std::move(ends), verbose);
  std::vector<const GroupMember*> members;
  for (const GroupMember& member : group.members) members.push_back(&member);
  std::ranges::stable_sort(members, std::greater{},
                           [](const GroupMember* member) { return member->assignment.size(); });
  for (const GroupMember* member : members) {
    for (const TopicPartition& at : member->assignment) {
      rows.add(at, {member->member_id, member->client_host, member->client_id});
    }
  }
  for (const auto& [at, commit] : commits) {
    if (!assigned.contains(at)) rows.add(at, {});
  }
  return rows.rows();
}

Outcome<void> show_offsets(const GroupDescription& group, bool verbose, AdminClient& admin,
                           ToolContext& context) {
  if (!tells_state(group, context)) return {};
  TRY_ASSIGN(const auto rows, offset_rows(group, verbose, admin));
  if (rows.empty()) return {};
  std::vector<PaddedColumn> columns = {
      {"GROUP", kNameWidth, true}, {"TOPIC", kNameWidth, true}, {"PARTITION", 10, false}};
  if (verbose) columns.push_back({"LEADER-EPOCH", 15, false});
  columns.insert(columns.end(), {{"CURRENT-OFFSET", 15, false},
                                 {"LOG-END-OFFSET", 15, false},
                                 {"LAG", 15, false},
                                 {"CONSUMER-ID", kNameWidth, true},
                                 {"HOST", kNameWidth, true},
                                 {"CLIENT-ID", 0, false}});
  context.out(padded_table(columns, rows));
  return {};
}

// "topicA:0,1;topicB:2"
std::string assignment_text(const std::vector<TopicPartition>& assignment) {
  std::map<std::string, std::vector<std::string>> by_topic;
  for (const TopicPartition& at : assignment) {
    by_topic[at.topic].push_back(std::to_string(at.partition));
  }
  std::vector<std::string> parts;
  for (const auto& [topic, numbers] : by_topic) parts.push_back(topic + ":" + join(numbers, ","));
  return parts.empty() ? std::string(kAbsent) : join(parts, ";");
}

void show_members(const GroupDescription& group, bool verbose, ToolContext& context) {
  if (!tells_state(group, context)) return;
  const auto has_instance = [](const GroupMember& member) {
    return member.group_instance_id.has_value();
  };
  const bool is_static = std::ranges::any_of(group.members, has_instance);
  std::vector<PaddedColumn> columns = {{"GROUP", kNameWidth, true},
                                       {"CONSUMER-ID", kNameWidth, true}};
  if (is_static) columns.push_back({"GROUP-INSTANCE-ID", 17, true});
  columns.insert(
      columns.end(),
      {{"HOST", kNameWidth, true}, {"CLIENT-ID", kNameWidth, true}, {"#PARTITIONS", 15, false}});
  if (verbose) {
    columns.insert(columns.end(), {{"CURRENT-EPOCH", 15, false},
                                   {"CURRENT-ASSIGNMENT", 20, true},
                                   {"TARGET-EPOCH", 15, false},
                                   {"TARGET-ASSIGNMENT", 20, true}});
  }
  const bool is_mixed = std::ranges::any_of(
      group.members, [](const GroupMember& member) { return member.upgraded == false; });
  if (verbose && is_mixed) columns.push_back({"UPGRADED", 0, false});
  // A blank follows the last column of the short form.
  if (!verbose) columns.push_back({"", 0, false});
  std::vector<std::vector<std::string>> rows;
  for (const GroupMember& member : group.members) {
    std::vector<std::string> row = {group.group, member.member_id};
    if (is_static) row.push_back(member.group_instance_id.value_or(std::string(kAbsent)));
    row.insert(row.end(),
               {member.client_host, member.client_id, std::to_string(member.assignment.size())});
    if (verbose) {
      row.insert(row.end(), {epoch_or_dash(member.epoch), assignment_text(member.assignment),
                             epoch_or_dash(group.target_epoch), assignment_text(member.target)});
    }
    if (verbose && is_mixed) row.emplace_back(member.upgraded.value_or(true) ? "true" : "false");
    row.resize(columns.size());
    rows.push_back(std::move(row));
  }
  context.out(padded_table(columns, rows));
}

void show_state(const GroupDescription& group, bool verbose, ToolContext& context) {
  if (!tells_state(group, context)) return;
  std::vector<PaddedColumn> columns = {{"GROUP", kNameWidth, true},
                                       {"COORDINATOR (ID)", 25, true},
                                       {"ASSIGNMENT-STRATEGY", 20, false},
                                       {"STATE", 20, false}};
  const std::string coordinator = group.coordinator
                                      ? fmt::format("{}:{}  ({})", group.coordinator->host,
                                                    group.coordinator->port, group.coordinator->id)
                                      : std::string(kAbsent);
  std::vector<std::string> row = {group.group, coordinator,
                                  group.protocol.empty() ? std::string(kAbsent) : group.protocol,
                                  group.state};
  if (verbose) {
    columns.insert(columns.end(),
                   {{"GROUP-EPOCH", 15, false}, {"TARGET-ASSIGNMENT-EPOCH", 25, false}});
    row.insert(row.end(), {epoch_or_dash(group.epoch), epoch_or_dash(group.target_epoch)});
  }
  columns.push_back({"#MEMBERS", 0, false});
  row.push_back(std::to_string(group.members.size()));
  context.out(padded_table(columns, {row}));
}

}  // namespace

Outcome<Ending> describe_consumer_groups(const Options& options, AdminClient& admin,
                                         ToolContext& context) {
  TRY_ASSIGN(const auto names, wanted_groups(options, admin));
  const bool verbose = options.has("verbose");
  TRY_ASSIGN(const auto groups,
             in_java(admin.describe_groups(names), "describeConsumerGroups(api=FIND_COORDINATOR)"));
  for (const GroupDescription& group : groups) {
    if (group.error) return tl::unexpected(java_error(*group.error));
    if (group.state == "Dead") {
      return thrown("org.apache.kafka.common.errors.GroupIdNotFoundException",
                    fmt::format("Group {} not found.", group.group), ErrorKind::kNotFound);
    }
  }
  for (const GroupDescription& group : groups) {
    if (options.has("members")) {
      show_members(group, verbose, context);
    } else if (options.has("state")) {
      show_state(group, verbose, context);
    } else {
      TRY(show_offsets(group, verbose, admin, context));
    }
  }
  return Ending{};
}

}  // namespace kreel::kafka_tools
