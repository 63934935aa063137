#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include <kreel/text.hpp>

#include "kafka/client.hpp"
#include "kafka/topic_list.hpp"
#include "kafka/topics_describe.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::int16_t kTopicExists = 36;
constexpr auto kTopicActions =
    std::to_array<std::string_view>({"list", "describe", "create", "alter", "delete"});
constexpr std::string_view kUseConfigs =
    " (To alter topic configurations, the kafka-configs tool can be used.)";

// An option, and the actions beside which it means something.
struct OptionActions {
  std::string_view option;
  std::vector<std::string_view> actions;
};
const std::vector<OptionActions>& actions_of_options() {
  static const std::vector<OptionActions> table = {{"config", {"alter", "create"}},
                                                   {"partitions", {"alter", "create"}},
                                                   {"replication-factor", {"create"}},
                                                   {"replica-assignment", {"alter", "create"}},
                                                   {"under-replicated-partitions", {"describe"}},
                                                   {"under-min-isr-partitions", {"describe"}},
                                                   {"at-min-isr-partitions", {"describe"}},
                                                   {"unavailable-partitions", {"describe"}},
                                                   {"topics-with-overrides", {"describe"}},
                                                   {"if-exists", {"alter", "delete", "describe"}},
                                                   {"if-not-exists", {"create"}},
                                                   {"exclude-internal", {"list", "describe"}}};
  return table;
}

Outcome<void> check_topic_options(const Options& options, ToolContext& context) {
  const auto given = std::ranges::count_if(
      kTopicActions, [&](std::string_view action) { return options.has(action); });
  if (given != 1) {
    return usage_exit(
        "Command must include exactly one action: --list, --describe, --create, --alter or "
        "--delete");
  }
  if (!options.has("bootstrap-server")) {
    auto error = illegal_argument("--bootstrap-server must be specified");
    error.value().kind = JavaError::Kind::kParse;
    return error;
  }
  if (options.has("delete-config")) {
    context.err_line(
        "delete-config option is no longer supported and deprecated since version 4.0. The config "
        "will be fully removed in future releases.");
  }
  if (!options.has("list") && !options.has("describe")) {
    TRY(require(options, std::array<std::string_view, 1>{"topic"}));
  }
  if (options.has("alter")) {
    if (options.has("config")) {
      return usage_exit(
          fmt::format("Option combination \"[[bootstrap-server], [config]]\" can't "
                      "be used with option \"[alter]\"{}",
                      kUseConfigs));
    }
    TRY(require(options, std::array<std::string_view, 1>{"partitions"}));
  }
  for (const auto& [option, actions] : actions_of_options()) {
    for (const std::string_view action : kTopicActions) {
      if (std::ranges::find(actions, action) != actions.end()) continue;
      TRY(exclude(options, option, std::array{action}));
    }
  }
  if (options.has("create")) {
    TRY(exclude(options, "replica-assignment",
                std::array<std::string_view, 2>{"partitions", "replication-factor"}));
  }
  for (const std::string_view report : {"under-replicated-partitions", "under-min-isr-partitions",
                                        "at-min-isr-partitions", "unavailable-partitions"}) {
    TRY(exclude(options, report, std::array<std::string_view, 1>{"topics-with-overrides"}));
  }
  return {};
}

Outcome<Ending> list_topics(const Options& options, ToolAdmin& tool, ToolContext& context) {
  TRY_ASSIGN(AdminClient * admin, tool.connect("listTopics"));
  TRY_ASSIGN(const auto names, wanted_topics(options, *admin));
  context.out_line(join(names, "\n"));
  return Ending{};
}

Outcome<std::vector<std::pair<std::string, std::string>>> new_configs(const Options& options) {
  std::vector<std::pair<std::string, std::string>> configs;
  for (const std::string& text : options.values("config")) {
    // Java's split() drops empty ends.
    auto parts = split(text, '=');
    while (!parts.empty() && trim(parts.back()).empty()) parts.pop_back();
    if (parts.size() != 2) {
      return illegal_argument(
          "requirement failed: Invalid topic config: all configs to be added must be in the format "
          "\"key=val\".");
    }
    configs.emplace_back(trim(parts[0]), trim(parts[1]));
  }
  if (auto problem = problem_with_topic_configs(configs)) {
    const bool is_value = problem->starts_with("Invalid value ");
    return thrown(is_value ? "org.apache.kafka.common.config.ConfigException"
                           : "org.apache.kafka.common.errors.InvalidConfigurationException",
                  std::move(*problem), ErrorKind::kUsage);
  }
  return configs;
}

// "1:2,2:3": brokers of partition 0, then of partition 1. Java's split() drops empty ends.
Outcome<std::vector<ReplicaList>> replica_assignment(const Options& options) {
  std::vector<ReplicaList> assignment;
  TRY_ASSIGN(const std::string text, options.value_or("replica-assignment", ""));
  if (text.empty()) return assignment;
  auto partitions = split(text, ',');
  while (!partitions.empty() && partitions.back().empty()) partitions.pop_back();
  for (const std::string_view partition : partitions) {
    ReplicaList replicas;
    std::set<std::int32_t> repeated;
    for (const std::string_view word : split(partition, ':')) {
      const auto id = parse_int32(trim(word));
      if (!id) {
        return thrown("java.lang.NumberFormatException",
                      fmt::format("For input string: \"{}\"", trim(word)), ErrorKind::kUsage);
      }
      if (std::ranges::find(replicas, *id) != replicas.end()) repeated.insert(*id);
      replicas.push_back(*id);
    }
    if (!repeated.empty()) {
      return thrown("org.apache.kafka.tools.AdminCommandFailedException",
                    fmt::format("Partition replica lists may not contain duplicate entries: {}",
                                fmt::join(repeated, ",")),
                    ErrorKind::kUsage);
    }
    assignment.push_back(std::move(replicas));
    if (assignment.back().size() != assignment.front().size()) {
      return thrown("org.apache.kafka.tools.AdminOperationException",
                    fmt::format("Partition {} has different replication factor: [{}]",
                                assignment.size() - 1, id_list(assignment.back(), ", ")),
                    ErrorKind::kUsage);
    }
  }
  return assignment;
}

Outcome<NewTopic> new_topic(const Options& options, ToolContext& context) {
  NewTopic topic;
  TRY_ASSIGN(topic.name, options.value_or("topic", ""));
  TRY_ASSIGN(topic.partitions, options.integer("partitions"));
  TRY_ASSIGN(const auto replicas, options.integer("replication-factor"));
  TRY_ASSIGN(topic.assignments, replica_assignment(options));
  TRY_ASSIGN(topic.configs, new_configs(options));
  if (topic.name.find_first_of("._") != std::string::npos) {
    context.out_line(
        "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore "
        "('_') could collide. To avoid issues it is best to use either, but not both.");
  }
  if (replicas && (*replicas < 1 || *replicas > std::numeric_limits<std::int16_t>::max())) {
    return illegal_argument("The replication factor must be between 1 and 32767 inclusive");
  }
  if (topic.partitions && *topic.partitions < 1) {
    return illegal_argument("The partitions must be greater than 0");
  }
  if (replicas) topic.replication_factor = static_cast<std::int16_t>(*replicas);
  return topic;
}

Outcome<Ending> create_topic(const Options& options, ToolAdmin& tool, ToolContext& context) {
  TRY_ASSIGN(const NewTopic topic, new_topic(options, context));
  if (topic.name.empty()) {
    return thrown("org.apache.kafka.common.errors.InvalidTopicException",
                  "The given topic name '' cannot be represented in a request.", ErrorKind::kUsage);
  }
  TRY_ASSIGN(AdminClient * admin, tool.connect("createTopics"));
  TRY_ASSIGN(const auto created,
             in_java(admin->create_topics(std::span(&topic, 1), {}), "createTopics"));
  if (const auto& error = created.front().error) {
    if (error->code == kTopicExists && options.has("if-not-exists")) return Ending{};
    return tl::unexpected(
        java_error(*error, fmt::format("Topic '{}' already exists.", topic.name)));
  }
  context.out_line(fmt::format("Created topic {}.", topic.name));
  return Ending{};
}

Outcome<Ending> alter_topics(const Options& options, ToolAdmin& tool) {
  TRY_ASSIGN(const auto partitions, options.integer("partitions"));
  TRY_ASSIGN(const auto assignment, replica_assignment(options));
  TRY_ASSIGN(AdminClient * admin, tool.connect("listTopics"));
  TRY_ASSIGN(const auto names, wanted_topics(options, *admin));
  TRY(ensure_found(options, names));
  if (names.empty()) return Ending{};
  std::vector<NewPartitionCount> counts;
  for (const std::string& name : names) counts.push_back({name, partitions.value_or(0), {}});
  if (!assignment.empty()) {
    TRY_ASSIGN(const auto topics, in_java(admin->describe_topics(names), "describeTopics"));
    for (std::size_t i = 0; i < topics.size(); ++i) {
      if (topics[i].error) return tl::unexpected(java_error(*topics[i].error));
      // What it says of partitions that are there is passed over.
      const std::size_t there = std::min(topics[i].partitions.size(), assignment.size());
      counts[i].assignments.emplace(assignment.begin() + static_cast<std::ptrdiff_t>(there),
                                    assignment.end());
    }
  }
  TRY_ASSIGN(const auto results, in_java(admin->create_partitions(counts, {}), "createPartitions"));
  for (const NamedResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return Ending{};
}

Outcome<Ending> delete_topics(const Options& options, ToolAdmin& tool) {
  TRY_ASSIGN(AdminClient * admin, tool.connect("listTopics"));
  TRY_ASSIGN(const auto names, wanted_topics(options, *admin));
  TRY(ensure_found(options, names));
  if (names.empty()) return Ending{};
  TRY_ASSIGN(const auto results, in_java(admin->delete_topics(names), "deleteTopics"));
  for (const NamedResult& result : results) {
    if (result.error) return tl::unexpected(java_error(*result.error));
  }
  return Ending{};
}

Outcome<Ending> run_topics(const Options& options, ToolContext& context) {
  TRY(check_topic_options(options, context));
  auto made = admin_of(options, context);
  // Whatever is wrong with these options, Java's tool has not begun.
  if (!made) made.error().kind = JavaError::Kind::kParse;
  TRY_ASSIGN(ToolAdmin tool, std::move(made));
  if (options.has("list")) return list_topics(options, tool, context);
  if (options.has("describe")) return describe_topics(options, tool, context);
  if (options.has("create")) return create_topic(options, tool, context);
  return options.has("alter") ? alter_topics(options, tool) : delete_topics(options, tool);
}

Ending show_topics_error(const JavaError& error, ToolContext& context) {
  if (error.kind == JavaError::Kind::kParse) return show_message_and_trace(error, context);
  context.out_line(fmt::format("Error while executing topic command : {}", error.message));
  context.host().streams.out.flush_now();
  context.log("ERROR", error.text() + "\n", "org.apache.kafka.tools.TopicCommand");
  return failed(1, error);
}

}  // namespace

Tool topics_tool() {
  return {
      .about = "This tool helps to create, delete, describe, or change a topic.",
      .about_without_words = "Create, delete, describe, or change a topic.",
      .flags =
          {{"bootstrap-server", Takes::kValue, "String: server to connect to",
            "REQUIRED: The Kafka server to connect to."},
           {"command-config", Takes::kValue, "String: command config property file",
            "Property file with the settings of the admin client."},
           {"list", Takes::kNothing, "", "List the names of topics."},
           {"create", Takes::kNothing, "", "Create a topic."},
           {"delete", Takes::kNothing, "", "Delete topics."},
           {"alter", Takes::kNothing, "", "Raise the number of partitions."},
           {"describe", Takes::kNothing, "", "Show settings and partitions of topics."},
           {"topic", Takes::kValue, "String: topic",
            "The name of the topic to create; else regular expressions with commas between them, "
            "of which one must match the whole name."},
           {"topic-id", Takes::kValue, "String: topic-id", "The id of the topic to describe."},
           {"config", Takes::kValue, "String: name=value",
            "A setting of the topic that is created; may be repeated."},
           {"delete-config", Takes::kValue, "String: name", "Ignored since Kafka 4.0."},
           {"partitions", Takes::kValue, "Integer: # of partitions",
            "The number of partitions of the topic that is created or altered; without it the "
            "broker's default."},
           {"replication-factor", Takes::kValue, "Integer: replication factor",
            "Copies of each partition of the topic that is created; without it the broker's "
            "default."},
           {"replica-assignment", Takes::kValue,
            "String: broker_id_for_part1_replica1:broker_id_for_part1_replica2,...",
            "The brokers of each partition that is created or added, its leader first."},
           {"under-replicated-partitions", Takes::kNothing, "",
            "Describe only partitions with replicas that are not in sync."},
           {"unavailable-partitions", Takes::kNothing, "",
            "Describe only partitions without a leader that is alive."},
           {"under-min-isr-partitions", Takes::kNothing, "",
            "Describe only partitions with fewer replicas in sync than min.insync.replicas."},
           {"at-min-isr-partitions", Takes::kNothing, "",
            "Describe only partitions with as many replicas in sync as min.insync.replicas."},
           {"topics-with-overrides", Takes::kNothing, "",
            "Describe only topics with settings of their own, without partitions."},
           {"if-exists", Takes::kNothing, "",
            "Do nothing where the topic to alter, delete or describe is not there."},
           {"if-not-exists", Takes::kNothing, "", "Do nothing where the topic to create is there."},
           {"exclude-internal", Takes::kNothing, "",
            "List or describe without the topics of the cluster itself."},
           {"partition-size-limit-per-response", Takes::kValue,
            "Integer: maximum number of partitions per response",
            "Accepted: the client asks in pieces of its own."},
           {"help", Takes::kNothing, "", "Print usage information."},
           {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_topics,
      .on_error = show_topics_error,
  };
}

}  // namespace kreel::kafka_tools
