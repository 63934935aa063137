#include <algorithm>
#include <array>

#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "kafka/group_tables.hpp"
#include "kafka/offset_targets.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kOffsetsLogger = "org.apache.kafka.tools.OffsetsUtils";
constexpr std::array<std::string_view, 8> kScenarios{"to-earliest", "to-current",  "to-latest",
                                                     "by-duration", "to-datetime", "from-file",
                                                     "shift-by",    "to-offset"};

struct NewOffset {
  std::string group;
  TopicPartition at;
  std::int64_t offset = 0;
};

// The rows stand in the order of Java's map.
std::vector<NewOffset> rows_of(const std::string& group, const OffsetMap& offsets) {
  std::vector<TopicPartition> partitions;
  for (const auto& [at, offset] : offsets) partitions.push_back(at);
  std::vector<NewOffset> rows;
  for (const TopicPartition& at : in_java_order(partitions)) {
    rows.push_back({group, at, offsets.at(at).value_or(0)});
  }
  return rows;
}

// What one run of the tool resets, group by group.
class OffsetReset {
 public:
  OffsetReset(const Options& options, AdminClient& admin, ToolContext& context)
      : options_(options),
        admin_(admin),
        context_(context),
        source_{admin, Isolation::kReadUncommitted} {}

  Outcome<std::vector<NewOffset>> plan(const std::string& group);

 private:
  Outcome<std::vector<TopicPartition>> scope(const std::string& group);
  Outcome<void> check_partitions(const std::vector<TopicPartition>& partitions);
  Outcome<OffsetMap> from_file(const std::string& group);
  Outcome<OffsetMap> targets(const std::string& group,
                             const std::vector<TopicPartition>& partitions);
  // Where the group stands; it must have committed them all.
  Outcome<OffsetMap> commits(const std::string& group,
                             const std::vector<TopicPartition>& partitions);
  Outcome<OffsetMap> current(const std::string& group,
                             const std::vector<TopicPartition>& partitions);
  // Within what the partitions have, with a warning where it was not.
  Outcome<OffsetMap> clamped(OffsetMap wanted, const std::vector<TopicPartition>& partitions);

  const Options& options_;
  AdminClient& admin_;
  ToolContext& context_;
  OffsetSource source_;
};

Outcome<std::vector<TopicPartition>> OffsetReset::scope(const std::string& group) {
  if (options_.has("topic") && !options_.has("all-topics")) {
    TRY_ASSIGN(auto partitions, partitions_of_scope(options_.values("topic"), admin_));
    TRY(check_partitions(partitions));
    return partitions;
  }
  if (!options_.has("all-topics")) {
    return usage_exit("One of the reset scopes should be defined: --all-topics, --topic.");
  }
  TRY_ASSIGN(const OffsetMap commits, committed_offsets(group, admin_));
  std::vector<TopicPartition> partitions;
  for (const auto& [at, offset] : commits) partitions.push_back(at);
  return partitions;
}

Outcome<void> OffsetReset::check_partitions(const std::vector<TopicPartition>& partitions) {
  std::vector<std::string> names;
  for (const TopicPartition& at : partitions) {
    if (std::ranges::find(names, at.topic) == names.end()) names.push_back(at.topic);
  }
  if (names.empty()) return {};
  TRY_ASSIGN(const auto topics, in_java(admin_.describe_topics(names), "describeTopics"));
  std::vector<std::string> unknown;
  for (const TopicPartition& at : partitions) {
    const auto topic = std::ranges::find(topics, at.topic, &TopicInfo::name);
    const bool known = topic != topics.end() && !topic->error &&
                       std::ranges::find(topic->partitions, at.partition,
                                         &PartitionInfo::partition) != topic->partitions.end();
    if (!known) unknown.push_back(java_name(at));
  }
  if (unknown.empty()) return {};
  return thrown("org.apache.kafka.common.errors.UnknownTopicOrPartitionException",
                fmt::format("The partitions \"{}\" do not exist", join(unknown, ",")),
                ErrorKind::kNotFound);
}

Outcome<OffsetMap> OffsetReset::clamped(OffsetMap wanted,
                                        const std::vector<TopicPartition>& partitions) {
  TRY_ASSIGN(const auto ranges, offset_ranges(partitions, source_));
  for (auto& [at, offset] : wanted) {
    const auto [low, high] = ranges.at(at);
    const std::int64_t asked = offset.value_or(high);
    if (asked > high) {
      context_.log("WARN",
                   fmt::format("New offset ({}) is higher than latest offset for topic partition "
                               "{}. Value will be set to {}",
                               asked, java_name(at), high),
                   kOffsetsLogger);
    } else if (asked < low) {
      context_.log("WARN",
                   fmt::format("New offset ({}) is lower than earliest offset for topic partition "
                               "{}. Value will be set to {}",
                               asked, java_name(at), low),
                   kOffsetsLogger);
    }
    offset = std::clamp(asked, low, high);
  }
  return wanted;
}

Outcome<OffsetMap> OffsetReset::commits(const std::string& group,
                                        const std::vector<TopicPartition>& partitions) {
  TRY_ASSIGN(const OffsetMap commits, committed_offsets(group, admin_));
  OffsetMap wanted;
  for (const TopicPartition& at : partitions) {
    const auto commit = commits.find(at);
    if (commit == commits.end()) {
      return usage_exit(
          fmt::format("Cannot shift offset for partition {} since there is no "
                      "current committed offset",
                      java_name(at)));
    }
    wanted.insert(*commit);
  }
  return wanted;
}

Outcome<OffsetMap> OffsetReset::current(const std::string& group,
                                        const std::vector<TopicPartition>& partitions) {
  TRY_ASSIGN(const OffsetMap commits, committed_offsets(group, admin_));
  TRY_ASSIGN(OffsetMap wanted, offsets_at(partitions, OffsetSpec::latest(), source_));
  for (auto& [at, offset] : wanted) {
    if (const auto commit = commits.find(at); commit != commits.end()) offset = commit->second;
  }
  return wanted;
}

Outcome<OffsetMap> OffsetReset::targets(const std::string& group,
                                        const std::vector<TopicPartition>& partitions) {
  if (options_.has("to-current")) return current(group, partitions);
  auto asked = asked_offsets(
      options_, partitions, [&] { return commits(group, partitions); }, source_, context_.now_ms());
  if (!asked && asked.error().type == "java.text.ParseException") {
    return thrown("java.lang.RuntimeException", asked.error().text(), asked.error().reason);
  }
  TRY_ASSIGN(auto found, std::move(asked));
  if (found->may_be_out_of_range) return clamped(std::move(found->offsets), partitions);
  for (const TopicPartition& at : in_java_order(found->empty)) {
    context_.out_line(
        fmt::format("\nWarn: Partition {} from topic {} is empty. Falling back to "
                    "latest known offset.",
                    at.partition, at.topic));
  }
  return std::move(found->offsets);
}

// A field of a CSV file, which may stand in quotes.
std::string csv_field(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

// "topic,partition,offset" where one group was named, else with the group in front.
Outcome<OffsetMap> OffsetReset::from_file(const std::string& group) {
  TRY_ASSIGN(const std::string path, options_.value_or("from-file", ""));
  const auto text = cli::read_file(path, 64 << 20);
  if (!text) {
    return thrown("java.lang.RuntimeException",
                  fmt::format("java.io.IOException: Unable to read file {}", path), ErrorKind::kIo);
  }
  const bool one_group = options_.values("group").size() == 1;
  OffsetMap wanted;
  std::vector<TopicPartition> partitions;
  for (const std::string_view line : split(*text, '\n')) {
    auto cells = split(trim(line), ',');
    if (cells.size() == 4) {
      if (csv_field(cells[0]) != group) continue;
      cells.erase(cells.begin());
    } else if (!one_group) {
      continue;
    }
    if (cells.size() != 3) continue;
    const auto partition = parse_int32(csv_field(cells[1]));
    const auto offset = parse_int64(csv_field(cells[2]));
    if (!partition || !offset) {
      return thrown("java.lang.RuntimeException", fmt::format("Invalid line: {}", line),
                    ErrorKind::kBadInput);
    }
    const TopicPartition at{csv_field(cells[0]), *partition};
    partitions.push_back(at);
    wanted[at] = *offset;
  }
  if (wanted.empty()) {
    context_.out_line(fmt::format("\nError: No reset plan for group {} found", group));
    return wanted;
  }
  TRY(check_partitions(partitions));
  return clamped(std::move(wanted), partitions);
}

Outcome<std::vector<NewOffset>> OffsetReset::plan(const std::string& group) {
  OffsetMap offsets;
  if (options_.has("from-file")) {
    TRY_ASSIGN(offsets, from_file(group));
  } else {
    TRY_ASSIGN(const auto partitions, scope(group));
    TRY_ASSIGN(offsets, targets(group, partitions));
  }
  return rows_of(group, offsets);
}

Outcome<void> commit_plan(const std::string& group, const std::vector<NewOffset>& plan,
                          AdminClient& admin) {
  std::vector<OffsetToCommit> commits;
  for (const NewOffset& row : plan) commits.push_back({row.at, row.offset, -1, ""});
  return commit_offsets(group, commits, admin);
}

void show_plan(const std::vector<NewOffset>& plan, bool as_csv, bool several,
               ToolContext& context) {
  if (as_csv) {
    for (const NewOffset& row : plan) {
      context.out_line(fmt::format("{}{},{},{}", several ? row.group + "," : "", row.at.topic,
                                   row.at.partition, row.offset));
    }
    context.out("\n");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const NewOffset& row : plan) {
    rows.push_back(
        {row.group, row.at.topic, std::to_string(row.at.partition), std::to_string(row.offset)});
  }
  context.out(padded_table({{"GROUP", 15, true},
                            {"TOPIC", 15, true},
                            {"PARTITION", 10, false},
                            {"NEW-OFFSET", 0, false}},
                           rows));
}

Outcome<void> check_scenarios(const Options& options) {
  const auto given =
      std::ranges::count_if(kScenarios, [&](std::string_view name) { return options.has(name); });
  if (given == 0) {
    return usage_exit(
        "Option '[reset-offsets]' requires one of the following scenarios: [[to-earliest], "
        "[to-current], [to-latest], [by-duration], [to-datetime], [from-file], [shift-by], "
        "[to-offset]]");
  }
  return exclude_each_other(options, kScenarios);
}

}  // namespace

Outcome<Ending> reset_group_offsets(const Options& options, AdminClient& admin,
                                    ToolContext& context) {
  TRY(check_scenarios(options));
  TRY_ASSIGN(const auto names, wanted_groups(options, admin));
  if (names.empty()) {
    context.out_line("");
    return Ending{};
  }
  TRY_ASSIGN(const auto groups,
             in_java(admin.describe_groups(names), "describeConsumerGroups(api=FIND_COORDINATOR)"));
  OffsetReset reset(options, admin, context);
  std::vector<NewOffset> all;
  Ending ending;
  std::vector<std::string> described;
  for (const GroupDescription& group : groups) described.push_back(group.group);
  for (const std::size_t i : hash_map_order(described, table_size_for(described.size()))) {
    const GroupDescription& group = groups[i];
    if (group.state != "Empty" && group.state != "Dead") {
      context.out_line(
          fmt::format("\nError: Assignments can only be reset if the group '{}' is "
                      "inactive, but the current state is {}.",
                      group.group, group.state));
      ending.strict = ExitCode::kRefused;
      continue;
    }
    TRY_ASSIGN(const auto plan, reset.plan(group.group));
    if (options.has("execute")) TRY(commit_plan(group.group, plan, admin));
    all.insert(all.end(), plan.begin(), plan.end());
  }
  show_plan(all, options.has("export"), names.size() > 1 || options.has("all-groups"), context);
  return ending;
}

}  // namespace kreel::kafka_tools
