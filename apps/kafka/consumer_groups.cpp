#include <algorithm>
#include <array>

#include <kreel/pattern.hpp>
#include <kreel/text.hpp>

#include "kafka/client.hpp"
#include "kafka/group_tables.hpp"
#include "kafka/java_files.hpp"
#include "kafka/offset_targets.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr auto kGroupActions = std::to_array<std::string_view>(
    {"list", "describe", "delete", "reset-offsets", "delete-offsets", "validate-regex"});
constexpr std::int64_t kGroupTimeoutMs = 30'000;
constexpr std::string_view kDryRunWarning =
    "WARN: No action will be performed as the --execute option is missing. In version 5.0, this "
    "command will require either --dry-run or --execute to be specified. You should add the "
    "--dry-run option explicitly if you are scripting this command and want to keep the current "
    "default behavior without prompting.";

// As Kafka spells them, for what may be typed in any case.
constexpr std::array<std::string_view, 7> kStates{
    "CompletingRebalance", "Assigning", "Reconciling", "Empty",
    "PreparingRebalance",  "Dead",      "Stable"};
constexpr std::array<std::string_view, 2> kTypes{"Consumer", "Classic"};

bool names_group(const Options& options) {
  return options.has("group") || options.has("all-groups");
}

Outcome<void> check_describe(const Options& options) {
  if (!names_group(options)) {
    return usage_exit("Option [describe] takes one of these options: [group], [all-groups]");
  }
  const int kinds = static_cast<int>(options.has("members")) +
                    static_cast<int>(options.has("offsets")) +
                    static_cast<int>(options.has("state"));
  if (kinds > 1) {
    return usage_exit(
        "Option [describe] takes at most one of these options: [members], [offsets], [state]");
  }
  if (options.has("state") && !options.values("state").empty()) {
    return usage_exit("Option [describe] does not take a value for [state]");
  }
  return {};
}

Outcome<void> check_reset(const Options& options, ToolContext& context) {
  if (options.has("dry-run") && options.has("execute")) {
    return usage_exit("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
  }
  if (!options.has("dry-run") && !options.has("execute")) context.err_line(kDryRunWarning);
  if (!names_group(options)) {
    return usage_exit("Option [reset-offsets] takes one of these options: [group], [all-groups]");
  }
  return {};
}

Outcome<void> check_one_action(const Options& options) {
  const auto actions = std::ranges::count_if(
      kGroupActions, [&](std::string_view action) { return options.has(action); });
  if (actions == 1) return {};
  return usage_exit(
      "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, "
      "--delete-offsets, --validate-regex");
}

Outcome<void> check_group_options(const Options& options, ToolContext& context) {
  if (options.has("validate-regex")) return check_one_action(options);
  TRY(require(options, std::array<std::string_view, 1>{"bootstrap-server"}));
  if (options.has("describe")) TRY(check_describe(options));
  if (options.has("delete")) {
    if (!names_group(options)) {
      return usage_exit("Option [delete] takes one of these options: [group], [all-groups]");
    }
    if (options.has("topic")) {
      return usage_exit(
          "The consumer does not support topic-specific offset deletion from a consumer group.");
    }
  }
  if (options.has("delete-offsets") && !(options.has("group") && options.has("topic"))) {
    return usage_exit("Option [delete-offsets] takes the following options: [group], [topic]");
  }
  if (options.has("reset-offsets")) TRY(check_reset(options, context));
  TRY(exclude(options, "group", std::array<std::string_view, 2>{"all-groups", "list"}));
  TRY(exclude(options, "topic", std::array<std::string_view, 2>{"list", "describe"}));
  return check_one_action(options);
}

// --state or --type: names in Kafka's spelling; none for all.
template <std::size_t size>
Outcome<std::vector<std::string>> filter_of(const Options& options, std::string_view name,
                                            const std::array<std::string_view, size>& known,
                                            std::string_view wrong) {
  TRY_ASSIGN(const std::string text, options.value_or(name, ""));
  std::vector<std::string> wanted;
  if (trim(text).empty()) return wanted;
  for (const std::string_view word : split(text, ',')) {
    const auto at = std::ranges::find_if(
        known, [&](std::string_view one) { return equals_ignore_case(one, trim(word)); });
    if (at == known.end()) {
      const std::vector<std::string> all(known.begin(), known.end());
      return usage_exit(fmt::format(fmt::runtime(wrong), text, join(all, ", ")));
    }
    wanted.emplace_back(*at);
  }
  return wanted;
}

Outcome<Ending> list_consumer_groups(const Options& options, AdminClient& admin,
                                     ToolContext& context) {
  TRY_ASSIGN(const auto states,
             filter_of(options, "state", kStates, "Invalid state list '{}'. Valid states are: {}"));
  TRY_ASSIGN(const auto types,
             filter_of(options, "type", kTypes, "Invalid types list '{}'. Valid types are: {}"));
  TRY_ASSIGN(const GroupList list, in_java(admin.list_groups({states, types}), "listGroups"));
  if (!list.errors.empty()) return tl::unexpected(java_error(list.errors.front(), "listGroups"));
  std::vector<GroupListing> groups;
  std::size_t width = 15;
  for (const GroupListing& group : list.groups) {
    if (group.protocol_type != "consumer" && !group.protocol_type.empty()) continue;
    groups.push_back(group);
    width = std::max(width, group.group.size());
  }
  if (!options.has("state") && !options.has("type")) {
    for (const GroupListing& group : groups) context.out_line(group.group);
    return Ending{};
  }
  const auto line = [&](std::string_view group, std::string_view type, std::string_view state) {
    std::string text = fmt::format("{:<{}}", group, width + 10);
    if (options.has("type")) text += fmt::format(" {:<20}", type);
    if (options.has("state")) text += fmt::format(" {:<20}", state);
    context.out_line(text);
  };
  line("GROUP", "TYPE", "STATE");
  for (const GroupListing& group : groups) {
    std::string type = group.type.value_or("Unknown");
    if (!type.empty()) type[0] = static_cast<char>(type[0] & ~0x20);
    line(group.group, type, group.state.value_or("Unknown"));
  }
  return Ending{};
}

Outcome<Ending> delete_consumer_groups(const Options& options, AdminClient& admin,
                                       ToolContext& context) {
  TRY_ASSIGN(const auto names, wanted_groups(options, admin));
  TRY_ASSIGN(const auto results,
             in_java(admin.delete_groups(names), "deleteConsumerGroups(api=FIND_COORDINATOR)"));
  std::vector<std::string> deleted;
  std::vector<std::string> failures;
  Ending ending;
  for (const std::size_t i : hash_map_order(names)) {
    if (!results[i].error) {
      deleted.push_back(fmt::format("'{}'", names[i]));
      continue;
    }
    const JavaError error = java_error(*results[i].error);
    failures.push_back(
        fmt::format("* Group '{}' could not be deleted due to: {}", names[i], error.text()));
    ending.strict = cli::exit_code(error.reason);
  }
  if (failures.empty()) {
    context.out_line(fmt::format("Deletion of requested consumer groups ({}) was successful.",
                                 join(deleted, ", ")));
    return ending;
  }
  context.out_line("\nError: Deletion of some consumer groups failed:");
  for (const std::string& failure : failures) context.out_line(failure);
  if (!deleted.empty()) {
    context.out_line(
        fmt::format("\nThese consumer groups were deleted successfully: {}", join(deleted, ", ")));
  }
  return ending;
}

constexpr auto kPartitionErrors = std::to_array<std::string_view>(
    {"GroupSubscribedToTopicException", "TopicAuthorizationException",
     "UnknownTopicOrPartitionException"});
constexpr std::string_view kSomeFailed =
    "Encountered some partition-level error, see the follow-up details.";

// Partitions to delete; a topic that is not there stands for itself, with the error.
struct OffsetDeletion {
  std::vector<TopicPartition> partitions;
  std::vector<std::string> unknown;
};
Outcome<OffsetDeletion> offset_deletion(const std::vector<std::string>& texts, AdminClient& admin) {
  OffsetDeletion deletion;
  for (const std::string& text : texts) {
    const auto partitions = partitions_of_scope({text}, admin);
    if (partitions) {
      deletion.partitions.insert(deletion.partitions.end(), partitions->begin(), partitions->end());
    } else if (partitions.error().reason == ErrorKind::kNotFound) {
      deletion.unknown.push_back(text);
    } else {
      return tl::unexpected(partitions.error());
    }
  }
  return deletion;
}

Outcome<Ending> delete_group_offsets(const Options& options, AdminClient& admin,
                                     ToolContext& context) {
  TRY_ASSIGN(const std::string group, options.value_or("group", ""));
  TRY_ASSIGN(const auto deletion, offset_deletion(options.values("topic"), admin));
  std::vector<std::vector<std::string>> rows;
  std::vector<JavaError> errors;
  if (!deletion.partitions.empty()) {
    TRY_ASSIGN(const auto results, in_java(admin.delete_offsets(group, deletion.partitions),
                                           "deleteConsumerGroupOffsets(api=FIND_COORDINATOR)"));
    for (const PartitionResult& result : results) {
      if (result.error) errors.push_back(java_error(*result.error));
      rows.push_back({result.at.topic, std::to_string(result.at.partition),
                      result.error ? "Error: " + errors.back().text() : "Successful"});
    }
  }
  for (const std::string& topic : deletion.unknown) {
    rows.push_back({topic, "-",
                    "Error: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This "
                    "server does not host this topic-partition."});
  }
  Ending ending;
  if (!errors.empty() && errors.size() == deletion.partitions.size()) {
    const bool of_partition = std::ranges::any_of(kPartitionErrors, [&](std::string_view name) {
      return errors.front().type.ends_with(name);
    });
    context.out_line(
        fmt::format("\nError: {}", of_partition ? kSomeFailed : errors.front().message));
  } else if (!errors.empty()) {
    context.out_line(fmt::format("\nError: {}", kSomeFailed));
  } else {
    context.out_line(fmt::format("Request succeeded for deleting offsets from group {}.", group));
  }
  if (!errors.empty() || !deletion.unknown.empty()) ending.strict = ExitCode::kFailed;
  context.out(
      padded_table({{"TOPIC", 15, true}, {"PARTITION", 10, false}, {"STATUS", 15, false}}, rows));
  return ending;
}

// What RE2 says, and what Java's RE2J says of the same.
constexpr auto kRegexErrors = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"missing ]", "missing closing ]"},
     {"missing )", "missing closing )"},
     {"unexpected )", "regexp/syntax: internal error"},
     {"no argument for repetition operator", "missing argument to repetition operator"},
     {"bad repetition operator", "invalid nested repetition operator"},
     {"invalid repetition size", "invalid repeat count"},
     {"invalid perl operator", "invalid or unsupported Perl syntax"},
     {"trailing \\", "trailing backslash at end of expression"}});

Outcome<Ending> validate_regex(const std::string& expression, ToolContext& context) {
  const auto pattern = Pattern::compile(expression);
  if (pattern) {
    context.out_line(fmt::format("The regular expression `{}` is valid.", expression));
    return Ending{};
  }
  std::string why = pattern.error().message();
  const auto told = why.find("regular expression: ");
  if (told != std::string::npos) why = why.substr(told + 20);
  why = why.substr(0, why.find(": "));
  const auto known =
      std::ranges::find(kRegexErrors, why, [](const auto& one) { return one.first; });
  context.out_line(fmt::format("The regular expression `{}` is invalid: {}.", expression,
                               known == kRegexErrors.end() ? why : known->second));
  return Ending{0, ExitCode::kConditionFalse};
}

// Wrapped as deep as Java has it.
JavaError in_runtime_exception(const JavaError& error) {
  return {JavaError::Kind::kThrown, "java.lang.RuntimeException",
          fmt::format("java.util.concurrent.ExecutionException: {}", error.text()), error.reason};
}

// No broker was found: said otherwise by each action.
Outcome<Ending> without_broker(const Options& options, const JavaError& error,
                               ToolContext& context) {
  if (!error.type.ends_with("TimeoutException")) return tl::unexpected(error);
  if (options.has("list") || options.has("all-groups")) {
    return tl::unexpected(in_runtime_exception(no_broker_with_groups(error)));
  }
  if (options.has("reset-offsets")) return tl::unexpected(in_runtime_exception(error));
  if (!options.has("delete")) return tl::unexpected(error);
  context.out_line("\nError: Deletion of some consumer groups failed:");
  for (const std::string& group : options.values("group")) {
    context.out_line(
        fmt::format("* Group '{}' could not be deleted due to: {}", group, error.text()));
  }
  return failed(0, error);
}

std::string_view first_call(const Options& options) {
  if (options.has("delete")) return "deleteConsumerGroups(api=FIND_COORDINATOR)";
  if (options.has("delete-offsets")) return "describeTopics";
  return "describeConsumerGroups(api=FIND_COORDINATOR)";
}

Outcome<Ending> run_consumer_groups(const Options& options, ToolContext& context) {
  TRY(check_group_options(options, context));
  if (options.has("validate-regex")) {
    TRY_ASSIGN(const std::string expression, options.value_or("validate-regex", ""));
    return validate_regex(expression, context);
  }
  TRY_ASSIGN(const std::int64_t timeout_ms, options.number_or("timeout", kGroupTimeoutMs));
  TRY_ASSIGN(ToolAdmin tool, admin_of(options, context));
  tool.set_timeout_ms(std::max<std::int64_t>(timeout_ms, 1));
  const auto connected = tool.connect(first_call(options));
  if (!connected) return without_broker(options, connected.error(), context);
  AdminClient* admin = *connected;
  if (options.has("list")) return list_consumer_groups(options, *admin, context);
  if (options.has("describe")) return describe_consumer_groups(options, *admin, context);
  if (options.has("delete")) return delete_consumer_groups(options, *admin, context);
  if (options.has("delete-offsets")) return delete_group_offsets(options, *admin, context);
  return reset_group_offsets(options, *admin, context);
}

// Failures are told on stdout, and the exit code is 0: Kafka's habit, which scripts rely on.
Ending show_groups_failure(const JavaError& error, ToolContext& context) {
  const bool is_parse_error =
      error.kind == JavaError::Kind::kParse && error.type.starts_with("joptsimple.");
  if (is_parse_error) return show_uncaught(error, context);
  if (is_file_error(error)) {
    return show_groups_failure(
        {JavaError::Kind::kThrown, "java.lang.RuntimeException", error.text(), error.reason},
        context);
  }
  // What a broker or its absence was answered with is the cause of another exception; of a topic
  // that is not there the tool itself says so.
  const bool is_cause = error.is_answer() &&
                        !error.type.ends_with("UnknownTopicOrPartitionException") &&
                        !error.type.ends_with("InvalidTopicException");
  context.out_line(fmt::format("\nError: Executing consumer group command failed due to {}",
                               is_cause ? error.text() : error.message));
  context.host().streams.out.flush_now();
  context.err_line(is_cause
                       ? fmt::format("java.util.concurrent.ExecutionException: {}", error.text())
                       : error.text());
  return failed(0, error);
}

}  // namespace

Tool consumer_groups_tool() {
  std::vector<Flag> flags{
      {"bootstrap-server", Takes::kValue, "String: server to connect to",
       "REQUIRED: The servers to connect to."},
      {"list", Takes::kNothing, "", "List the groups."},
      {"describe", Takes::kNothing, "", "Show offsets, members or state of groups."},
      {"delete", Takes::kNothing, "", "Delete groups with all their offsets."},
      {"reset-offsets", Takes::kNothing, "",
       "Move the offsets of groups without members; --execute does it."},
      {"delete-offsets", Takes::kNothing, "", "Delete a group's offsets in topics."},
      {"validate-regex", Takes::kValue, "String: regex",
       "Say whether this is a regular expression for subscriptions."},
      {"group", Takes::kValue, "String: consumer group", "The group; may be repeated."},
      {"all-groups", Takes::kNothing, "", "All groups of consumers."},
      {"topic", Takes::kValue, "String: topic",
       "The topic, t, or partitions of it, t:0,1; may be repeated."},
      {"all-topics", Takes::kNothing, "", "All topics in which the group has offsets."},
      {.name = "members", .help = "Describe the members.", .only_with = {"describe"}},
      {.name = "offsets",
       .help = "Describe the offsets, as without this.",
       .only_with = {"describe"}},
      {.name = "state",
       .takes = Takes::kMaybeValue,
       .value = "String",
       .help = "Describe the state; with --list, only groups in these states.",
       .only_with = {"describe", "list"}},
      {.name = "type",
       .takes = Takes::kMaybeValue,
       .value = "String",
       .help = "With --list, only groups of these types.",
       .only_with = {"list"}},
      {.name = "verbose", .help = "Describe more.", .only_with = {"describe"}},
      {"dry-run", Takes::kNothing, "", "Only show what --execute would do."},
      {"execute", Takes::kNothing, "", "Change the offsets."},
      {"export", Takes::kNothing, "", "Print offsets as CSV, which --from-file reads."},
      {"to-current", Takes::kNothing, "", "To where the offsets are."},
      {"timeout", Takes::kValue, "Long: timeout (ms)",
       "How long each call to the brokers may take.", "30000"},
      {"command-config", Takes::kValue, "String: command config property file",
       "Property file with the settings of the admin client."},
      {"help", Takes::kNothing, "", "Print usage information."},
      {"version", Takes::kNothing, "", "Display Kafka version."}};
  std::ranges::move(offset_target_flags(), std::back_inserter(flags));
  return {
      .about =
          "This tool helps to list all consumer groups, describe a consumer group, delete consumer "
          "group info, or reset consumer group offsets.",
      .flags = std::move(flags),
      .run = run_consumer_groups,
      .on_error = show_groups_failure,
  };
}

}  // namespace kreel::kafka_tools
