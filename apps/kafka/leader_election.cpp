#include <algorithm>
#include <array>
#include <set>

#include <kreel/text.hpp>
#include <nlohmann/json.hpp>

#include "cli/files.hpp"
#include "kafka/cluster_tools.hpp"

namespace kreel::kafka_tools {
namespace {

using nlohmann::json;

constexpr std::string_view kCommandFailed = "org.apache.kafka.tools.AdminCommandFailedException";
constexpr std::string_view kOperationFailed =
    "org.apache.kafka.server.common.AdminOperationException";
constexpr const char* kElectionTimeoutMs = "30000";

tl::unexpected<JavaError> election_failed(std::string message,
                                          ErrorKind reason = ErrorKind::kUsage) {
  return thrown(std::string(kCommandFailed), std::move(message), reason);
}
tl::unexpected<JavaError> bad_election_data(std::string message) {
  return thrown(std::string(kOperationFailed), std::move(message), ErrorKind::kBadInput);
}

Outcome<std::vector<TopicPartition>> read_election_data(const std::string& path) {
  const auto text = cli::read_file(path);
  if (!text) {
    return thrown("java.lang.RuntimeException",
                  fmt::format("java.io.IOException: Unable to read file {}", path), ErrorKind::kIo);
  }
  const json document = json::parse(*text, nullptr, false);
  if (document.is_discarded()) return bad_election_data("Replica election data is empty");
  const auto list = document.find("partitions");
  if (!document.is_object() || list == document.end()) {
    return bad_election_data("Replica election data is missing \"partitions\" field");
  }
  std::vector<TopicPartition> partitions;
  std::set<TopicPartition> seen;
  std::vector<std::string> twice;
  for (const json& item : *list) {
    if (!item.is_object() || !item.contains("topic") || !item["topic"].is_string() ||
        !item.contains("partition") || !item["partition"].is_number_integer()) {
      return bad_election_data("Replica election data needs a topic and a partition in each entry");
    }
    const TopicPartition at{item["topic"].get<std::string>(),
                            item["partition"].get<std::int32_t>()};
    if (seen.insert(at).second) {
      partitions.push_back(at);
    } else {
      twice.push_back(java_name(at));
    }
  }
  if (twice.empty()) return partitions;
  return bad_election_data(
      fmt::format("Replica election data contains duplicate partitions: [{}]", join(twice, ", ")));
}

Outcome<void> check_election_options(const Options& options) {
  std::vector<std::string> missing;
  for (const char* name : {"bootstrap-server", "election-type"}) {
    if (!options.has(name)) missing.emplace_back(name);
  }
  if (!missing.empty()) {
    return election_failed(fmt::format("Missing required option(s): {}", join(missing, ", ")));
  }
  TRY(exclude(options, "admin.config", std::array<std::string_view, 1>{"command-config"}));
  const int scopes = static_cast<int>(options.has("topic")) +
                     static_cast<int>(options.has("all-topic-partitions")) +
                     static_cast<int>(options.has("path-to-json-file"));
  if (scopes != 1) {
    return election_failed(
        "One and only one of the following options is required: topic, "
        "all-topic-partitions, path-to-json-file");
  }
  if (options.has("topic") && !options.has("partition")) {
    return election_failed("Missing required option(s): partition");
  }
  if (!options.has("topic") && options.has("partition")) {
    return election_failed("Option partition is only allowed if topic is used");
  }
  return {};
}

Outcome<Election> asked_election(const Options& options) {
  TRY_ASSIGN(const std::string text, options.value_or("election-type", ""));
  if (equals_ignore_case(text, "preferred")) return Election::kPreferred;
  if (equals_ignore_case(text, "unclean")) return Election::kUnclean;
  return thrown("joptsimple.OptionArgumentConversionException",
                fmt::format("Cannot parse argument '{}' of option election-type", text),
                ErrorKind::kUsage);
}

Outcome<std::optional<std::vector<TopicPartition>>> asked_partitions(const Options& options) {
  using Partitions = std::optional<std::vector<TopicPartition>>;
  TRY_ASSIGN(const auto path, options.value("path-to-json-file"));
  if (path) {
    TRY_ASSIGN(auto partitions, read_election_data(*path));
    return Partitions(std::move(partitions));
  }
  TRY_ASSIGN(const auto topic, options.value("topic"));
  TRY_ASSIGN(const std::int32_t partition, options.integer_or("partition", 0));
  if (topic) return Partitions(std::vector<TopicPartition>{{*topic, partition}});
  return Partitions();
}

Outcome<Ending> show_elections(const std::vector<ReplicaResult>& results, Election election,
                               ToolContext& context) {
  constexpr std::int16_t kNotNeeded = 84;
  const std::string_view kind = election == Election::kPreferred ? "PREFERRED" : "UNCLEAN";
  std::vector<std::string> elected;
  std::vector<std::string> unneeded;
  std::vector<std::string> failures;
  ErrorKind reason = ErrorKind::kFailed;
  for (const ReplicaResult& result : results) {
    const std::string name = java_name(result.at);
    if (!result.error) {
      elected.push_back(name);
    } else if (result.error->code == kNotNeeded) {
      unneeded.push_back(name);
    } else {
      reason = result.error->error.kind();
      failures.push_back(fmt::format("Error completing leader election ({}) for partition: {}: {}",
                                     kind, name,
                                     java_error(*result.error, result.broker_text).text()));
    }
  }
  if (!elected.empty()) {
    context.out_line(fmt::format("Successfully completed leader election ({}) for partitions {}",
                                 kind, join(elected, ", ")));
  }
  if (!unneeded.empty()) {
    context.out_line(
        fmt::format("Valid replica already elected for partitions {}", join(unneeded, ", ")));
  }
  for (const std::string& failure : failures) context.out_line(failure);
  if (failures.empty()) return Ending{};
  return election_failed(fmt::format("{} replica(s) could not be elected", failures.size()),
                         reason);
}

Outcome<Ending> elect(const Options& options, Election election,
                      const std::optional<std::vector<TopicPartition>>& partitions,
                      ToolContext& context) {
  ClientSettings settings;
  TRY_ASSIGN(settings.bootstrap, options.value_or("bootstrap-server", ""));
  TRY_ASSIGN(settings.file, command_config(options, "admin.config"));
  settings.defaults = {{"default.api.timeout.ms", kElectionTimeoutMs}};
  TRY_ASSIGN(ToolAdmin admin, ToolAdmin::make(settings, context));
  ToolCluster tool(std::move(admin));
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("electLeaders"));
  TRY_ASSIGN(const auto results,
             in_java(cluster->elect_leaders(election, partitions), "electLeaders"));
  return show_elections(results, election, context);
}

Outcome<Ending> run_leader_election(const Options& options, ToolContext& context) {
  TRY(check_election_options(options));
  TRY_ASSIGN(const Election election, asked_election(options));
  TRY_ASSIGN(const auto partitions, asked_partitions(options));
  auto ending = elect(options, election, partitions, context);
  if (ending) return ending;
  if (ending.error().type.ends_with(".errors.TimeoutException")) {
    context.out_line("Timeout waiting for election results");
    return election_failed("Timeout waiting for election results", ending.error().reason);
  }
  if (ending.error().type.ends_with(".ClusterAuthorizationException")) {
    context.out_line("Not authorized to perform leader election");
    return election_failed("Not authorized to perform leader election", ending.error().reason);
  }
  return ending;
}

}  // namespace

Tool leader_election_tool() {
  return {
      .about =
          "This tool attempts to elect a new leader for a set of topic partitions. The type "
          "of elections supported are preferred replicas and unclean replicas.",
      .flags =
          {{"bootstrap-server", Takes::kValue, "String: host:port",
            "REQUIRED: The brokers to connect to, with commas between them."},
           {"admin.config", Takes::kValue, "String: config file",
            "(DEPRECATED) As --command-config."},
           {"command-config", Takes::kValue, "String: Config file",
            "Property file with the settings of the admin client."},
           {"path-to-json-file", Takes::kValue, "String: Path to JSON file",
            "{\"partitions\":[{\"topic\":\"t\",\"partition\":0}]}: those alone."},
           {"topic", Takes::kValue, "String: topic name", "The topic of --partition."},
           {"partition", Takes::kValue, "Integer: partition id", "One partition of --topic."},
           {"all-topic-partitions", Takes::kNothing, "", "All partitions of all topics."},
           {"election-type", Takes::kValue, "[PREFERRED|UNCLEAN]: election type",
            "REQUIRED: preferred, to the first replica; or unclean, where there is no leader."},
           {"help", Takes::kNothing, "", "Print usage information."},
           {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_leader_election,
      .on_error = show_message_and_trace,
  };
}

}  // namespace kreel::kafka_tools
