#include <algorithm>
#include <array>
#include <map>

#include <kreel/position.hpp>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "kafka/group_tables.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kOffsetsLogger = "org.apache.kafka.tools.OffsetsUtils";
constexpr std::array<std::string_view, 8> kScenarios{
    "to-earliest", "to-current",   "to-latest", "by-duration",
    "to-datetime", "from-file", "shift-by",  "to-offset"};

struct NewOffset {
  std::string group;
  TopicPartition at;
  std::int64_t offset = 0;
};

using OffsetMap = std::map<TopicPartition, std::optional<std::int64_t>>;

// TopicPartition.hashCode() gives the order of the rows.
std::size_t partition_bucket(const TopicPartition& at, std::size_t capacity) {
  const auto topic = static_cast<std::uint32_t>(java_hash(at.topic));
  const std::uint32_t hash = 31 * (31 + static_cast<std::uint32_t>(at.partition)) + topic;
  return (hash ^ (hash >> 16)) & (capacity - 1);
}

void sort_as_java(std::vector<NewOffset>& plan) {
  std::size_t capacity = 16;
  while (plan.size() > capacity * 3 / 4) capacity *= 2;
  std::ranges::stable_sort(
      plan, {}, [&](const NewOffset& row) { return partition_bucket(row.at, capacity); });
}

Outcome<OffsetMap> offsets_at(const std::vector<TopicPartition>& partitions, OffsetSpec spec,
                              AdminClient& admin) {
  std::vector<OffsetQuery> queries;
  for (const TopicPartition& at : partitions) queries.push_back({at, spec});
  OffsetMap offsets;
  if (queries.empty()) return offsets;
  TRY_ASSIGN(const auto listed,
             in_java(admin.list_offsets(queries, Isolation::kReadUncommitted), "listOffsets"));
  for (const ListedOffset& one : listed) {
    if (one.error) return tl::unexpected(java_error(*one.error));
    offsets[one.at] = one.offset;
  }
  return offsets;
}

Outcome<OffsetMap> committed_offsets(const std::string& group, AdminClient& admin) {
  const GroupOffsetsQuery query{.group = group};
  TRY_ASSIGN(const auto fetched,
             in_java(admin.fetch_offsets(std::span(&query, 1)), "listConsumerGroupOffsets"));
  OffsetMap commits;
  for (const CommittedOffset& one : fetched.front().offsets) {
    if (one.offset) commits[one.at] = one.offset;
  }
  return commits;
}

// PnDTnHnMnS in milliseconds.
std::optional<std::int64_t> iso_duration_ms(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P') && !text.starts_with('p')) return std::nullopt;
  text.remove_prefix(1);
  double total_ms = 0;
  bool in_time = false;
  bool any = false;
  while (!text.empty()) {
    if (text[0] == 'T' || text[0] == 't') {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto end = text.find_first_not_of("+-.0123456789");
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = parse_double(text.substr(0, end));
    const char unit = to_lower(text.substr(end, 1))[0];
    const double unit_ms = !in_time && unit == 'd'  ? 86'400'000
                           : in_time && unit == 'h' ? 3'600'000
                           : in_time && unit == 'm' ? 60'000
                           : in_time && unit == 's' ? 1'000
                                                    : 0;
    if (!number || unit_ms == 0) return std::nullopt;
    total_ms += *number * unit_ms;
    any = true;
    text.remove_prefix(end + 1);
  }
  if (!any) return std::nullopt;
  return static_cast<std::int64_t>(negative ? -total_ms : total_ms);
}

tl::unexpected<JavaError> bad_time(std::string message) {
  return thrown("java.lang.RuntimeException", "java.text.ParseException: " + message,
                ErrorKind::kUsage);
}

// "2026-01-01T00:00:00.000", with a zone or in UTC.
Outcome<std::int64_t> iso_time_ms(std::string text) {
  if (text.find('T') == std::string::npos) {
    return bad_time(
        "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
  }
  const auto sign = text.find_first_of("+-", text.find('T'));
  if (sign != std::string::npos && text.size() - sign == 3) text += ":00";
  if (sign != std::string::npos && text.size() - sign == 5) text.insert(sign + 3, ":");
  const auto time_ms = parse_time(text, {});
  if (!time_ms) return bad_time(fmt::format("Unparseable date: \"{}\"", text));
  return *time_ms;
}

// What one run of the tool resets, group by group.
class OffsetReset {
 public:
  OffsetReset(const Options& options, AdminClient& admin, ToolContext& context)
      : options_(options), admin_(admin), context_(context) {}

  Outcome<std::vector<NewOffset>> plan(const std::string& group);

 private:
  Outcome<std::vector<TopicPartition>> scope(const std::string& group);
  Outcome<void> check_partitions(const std::vector<TopicPartition>& partitions);
  Outcome<std::vector<NewOffset>> from_file(const std::string& group);
  Outcome<OffsetMap> targets(const std::string& group,
                             const std::vector<TopicPartition>& partitions);
  Outcome<OffsetMap> at_time(std::int64_t time_ms, const std::vector<TopicPartition>& partitions);
  Outcome<OffsetMap> shifted(const std::string& group,
                             const std::vector<TopicPartition>& partitions, std::int64_t by);
  Outcome<OffsetMap> current(const std::string& group,
                             const std::vector<TopicPartition>& partitions);
  // Within what the partitions have, with a warning where it was not.
  Outcome<OffsetMap> clamped(OffsetMap wanted, const std::vector<TopicPartition>& partitions);

  const Options& options_;
  AdminClient& admin_;
  ToolContext& context_;
};

Outcome<std::vector<TopicPartition>> OffsetReset::scope(const std::string& group) {
  if (options_.has("topic")) {
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
  TRY_ASSIGN(const OffsetMap first, offsets_at(partitions, OffsetSpec::earliest(), admin_));
  TRY_ASSIGN(const OffsetMap last, offsets_at(partitions, OffsetSpec::latest(), admin_));
  for (auto& [at, offset] : wanted) {
    const std::int64_t low = first.at(at).value_or(0);
    const std::int64_t high = last.at(at).value_or(low);
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

Outcome<OffsetMap> OffsetReset::at_time(std::int64_t time_ms,
                                        const std::vector<TopicPartition>& partitions) {
  TRY_ASSIGN(OffsetMap found, offsets_at(partitions, OffsetSpec::at_time(time_ms), admin_));
  TRY_ASSIGN(const OffsetMap last, offsets_at(partitions, OffsetSpec::latest(), admin_));
  for (auto& [at, offset] : found) {
    if (offset) continue;
    context_.out_line(fmt::format("\nWarn: Partition {} from topic {} is empty. Falling back to "
                                  "latest known offset.",
                                  at.partition, at.topic));
    offset = last.at(at);
  }
  return found;
}

Outcome<OffsetMap> OffsetReset::shifted(const std::string& group,
                                        const std::vector<TopicPartition>& partitions,
                                        std::int64_t by) {
  TRY_ASSIGN(const OffsetMap commits, committed_offsets(group, admin_));
  OffsetMap wanted;
  for (const TopicPartition& at : partitions) {
    const auto commit = commits.find(at);
    if (commit == commits.end()) {
      return usage_exit(fmt::format("Cannot shift offset for partition {} since there is no "
                                    "current committed offset",
                                    java_name(at)));
    }
    wanted[at] = *commit->second + by;
  }
  return clamped(std::move(wanted), partitions);
}

Outcome<OffsetMap> OffsetReset::current(const std::string& group,
                                        const std::vector<TopicPartition>& partitions) {
  TRY_ASSIGN(const OffsetMap commits, committed_offsets(group, admin_));
  TRY_ASSIGN(OffsetMap wanted, offsets_at(partitions, OffsetSpec::latest(), admin_));
  for (auto& [at, offset] : wanted) {
    if (const auto commit = commits.find(at); commit != commits.end()) offset = commit->second;
  }
  return wanted;
}

Outcome<OffsetMap> OffsetReset::targets(const std::string& group,
                                        const std::vector<TopicPartition>& partitions) {
  if (options_.has("to-earliest")) return offsets_at(partitions, OffsetSpec::earliest(), admin_);
  if (options_.has("to-latest")) return offsets_at(partitions, OffsetSpec::latest(), admin_);
  if (options_.has("to-current")) return current(group, partitions);
  if (options_.has("to-offset")) {
    TRY_ASSIGN(const std::int64_t offset, options_.number_or("to-offset", 0));
    OffsetMap wanted;
    for (const TopicPartition& at : partitions) wanted[at] = offset;
    return clamped(std::move(wanted), partitions);
  }
  if (options_.has("shift-by")) {
    TRY_ASSIGN(const std::int64_t by, options_.number_or("shift-by", 0));
    return shifted(group, partitions, by);
  }
  if (options_.has("to-datetime")) {
    TRY_ASSIGN(const std::string text, options_.value_or("to-datetime", ""));
    TRY_ASSIGN(const std::int64_t time_ms, iso_time_ms(text));
    return at_time(time_ms, partitions);
  }
  TRY_ASSIGN(const std::string text, options_.value_or("by-duration", ""));
  const auto duration_ms = iso_duration_ms(text);
  if (!duration_ms) {
    return thrown("java.time.format.DateTimeParseException",
                  "Text cannot be parsed to a Duration", ErrorKind::kUsage);
  }
  return at_time(context_.now_ms() - *duration_ms, partitions);
}

// "topic,partition,offset", with the group in front where several are in one file.
Outcome<std::vector<NewOffset>> OffsetReset::from_file(const std::string& group) {
  TRY_ASSIGN(const std::string path, options_.value_or("from-file", ""));
  const auto text = cli::read_file(path, 64 << 20);
  if (!text) return thrown("java.nio.file.NoSuchFileException", path, ErrorKind::kIo);
  OffsetMap wanted;
  std::vector<TopicPartition> partitions;
  for (const std::string_view line : split(*text, '\n')) {
    auto cells = split(trim(line), ',');
    if (cells.size() == 4) {
      if (trim(cells[0]) != group) continue;
      cells.erase(cells.begin());
    }
    if (cells.size() != 3) continue;
    const auto partition = parse_int32(trim(cells[1]));
    const auto offset = parse_int64(trim(cells[2]));
    if (!partition || !offset) {
      return thrown("java.lang.RuntimeException", fmt::format("Invalid line: {}", line),
                    ErrorKind::kBadInput);
    }
    const TopicPartition at{std::string(trim(cells[0])), *partition};
    partitions.push_back(at);
    wanted[at] = *offset;
  }
  if (wanted.empty()) {
    context_.out_line(fmt::format("\nError: No reset plan for group {} found", group));
    return std::vector<NewOffset>();
  }
  TRY(check_partitions(partitions));
  TRY_ASSIGN(const OffsetMap offsets, clamped(std::move(wanted), partitions));
  std::vector<NewOffset> plan;
  for (const auto& [at, offset] : offsets) plan.push_back({group, at, offset.value_or(0)});
  return plan;
}

Outcome<std::vector<NewOffset>> OffsetReset::plan(const std::string& group) {
  std::vector<NewOffset> plan;
  if (options_.has("from-file")) {
    TRY_ASSIGN(plan, from_file(group));
  } else {
    TRY_ASSIGN(const auto partitions, scope(group));
    TRY_ASSIGN(const OffsetMap offsets, targets(group, partitions));
    for (const auto& [at, offset] : offsets) plan.push_back({group, at, offset.value_or(0)});
  }
  sort_as_java(plan);
  return plan;
}

Outcome<void> commit_plan(const std::string& group, const std::vector<NewOffset>& plan,
                          AdminClient& admin) {
  std::vector<OffsetToCommit> commits;
  for (const NewOffset& row : plan) commits.push_back({row.at, row.offset, -1, ""});
  if (commits.empty()) return {};
  TRY_ASSIGN(const auto results,
             in_java(admin.commit_offsets(group, commits), "alterConsumerGroupOffsets"));
  for (const PartitionResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return {};
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
    rows.push_back({row.group, row.at.topic, std::to_string(row.at.partition),
                    std::to_string(row.offset)});
  }
  context.out(padded_table({{"GROUP", 15, true},
                            {"TOPIC", 15, true},
                            {"PARTITION", 10, false},
                            {"NEW-OFFSET", 0, false}},
                           rows));
}

Outcome<void> check_scenarios(const Options& options) {
  const auto given = std::ranges::count_if(
      kScenarios, [&](std::string_view name) { return options.has(name); });
  if (given == 0) {
    return usage_exit(
        "Option '[reset-offsets]' requires one of the following scenarios: [[to-earliest], "
        "[to-current], [to-latest], [by-duration], [to-datetime], [from-file], [shift-by], "
        "[to-offset]]");
  }
  for (const std::string_view one : kScenarios) {
    for (const std::string_view other : kScenarios) {
      if (one != other) TRY(exclude(options, one, std::array{other}));
    }
  }
  return {};
}

}  // namespace

Outcome<Ending> reset_group_offsets(const Options& options, AdminClient& admin,
                                    ToolContext& context) {
  TRY(check_scenarios(options));
  TRY_ASSIGN(const auto names, wanted_groups(options, admin));
  TRY_ASSIGN(const auto groups, in_java(admin.describe_groups(names),
                                        "describeConsumerGroups(api=FIND_COORDINATOR)"));
  OffsetReset reset(options, admin, context);
  std::vector<NewOffset> all;
  Ending ending;
  for (const GroupDescription& group : groups) {
    if (group.state != "Empty" && group.state != "Dead") {
      context.out_line(fmt::format("\nError: Assignments can only be reset if the group '{}' is "
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
