#include <algorithm>
#include <array>
#include <map>

#include <kreel/text.hpp>
#include <nlohmann/json.hpp>

#include "kafka/client.hpp"
#include "kafka/topic_list.hpp"

namespace kreel::kafka_tools {
namespace {

using nlohmann::ordered_json;

Outcome<std::vector<std::int32_t>> brokers_to_ask(const Options& options,
                                                  const std::vector<std::int32_t>& known) {
  TRY_ASSIGN(const std::string list, options.value_or("broker-list", ""));
  std::vector<std::int32_t> asked;
  std::vector<std::int32_t> missing;
  const auto add = [](std::vector<std::int32_t>& ids, std::int32_t id) {
    const auto at = std::ranges::lower_bound(ids, id);
    if (at == ids.end() || *at != id) ids.insert(at, id);
  };
  for (const std::string_view text : split(list, ',')) {
    if (trim(text).empty()) continue;
    const auto id = parse_int32(trim(text));
    if (!id) {
      return thrown("java.lang.NumberFormatException",
                    fmt::format("For input string: \"{}\"", text), ErrorKind::kUsage);
    }
    add(asked, *id);
    if (std::ranges::find(known, *id) == known.end()) add(missing, *id);
  }
  if (!missing.empty()) {
    return tl::unexpected(
        JavaError{JavaError::Kind::kBare, "",
                  fmt::format("ERROR: The given brokers do not exist from --broker-list: {}. "
                              "Current existent brokers: {}",
                              id_list(missing), id_list(known)),
                  ErrorKind::kNotFound});
  }
  return asked.empty() ? known : asked;
}

// An exception's class, as the tool prints it in place of null.
ordered_json error_of(const LogDir& dir) {
  return dir.error ? ordered_json(java_error(*dir.error).type) : ordered_json(nullptr);
}

ordered_json partitions_of(const LogDir& dir, const std::vector<std::string>& topics) {
  std::vector<const LogDirReplica*> replicas;
  for (const LogDirReplica& replica : dir.replicas) {
    if (!topics.empty() && std::ranges::find(topics, replica.at.topic) == topics.end()) continue;
    replicas.push_back(&replica);
  }
  ordered_json list = ordered_json::array();
  for (const LogDirReplica* replica : replicas) {
    list.push_back({{"partition", java_name(replica->at)},
                    {"size", replica->size_bytes},
                    {"offsetLag", replica->offset_lag},
                    {"isFuture", replica->future}});
  }
  return list;
}

Outcome<Ending> run_log_dirs(const Options& options, ToolContext& context) {
  TRY(require(options, std::array<std::string_view, 2>{"bootstrap-server", "describe"}));
  TRY_ASSIGN(const std::string topic_list, options.value_or("topic-list", ""));
  std::vector<std::string> topics;
  for (const std::string_view topic : split(topic_list, ',')) {
    if (!trim(topic).empty()) topics.emplace_back(trim(topic));
  }
  TRY_ASSIGN(ToolAdmin tool, admin_of(options, context));
  TRY_ASSIGN(AdminClient * admin, tool.connect("listNodes"));
  TRY_ASSIGN(const ClusterInfo cluster, in_java(admin->describe_cluster(), "listNodes"));
  std::vector<std::int32_t> known;
  for (const BrokerInfo& broker : cluster.brokers) known.push_back(broker.id);
  TRY_ASSIGN(const auto asked, brokers_to_ask(options, known));
  context.out_line("Querying brokers for log directories information");
  TRY_ASSIGN(const auto dirs, in_java(admin->describe_log_dirs({}), "describeLogDirs"));
  context.out_line(
      fmt::format("Received log directory information from brokers {}", id_list(asked)));
  std::map<std::int32_t, ordered_json> by_broker;
  for (const std::int32_t id : asked) by_broker[id] = ordered_json::array();
  for (const LogDir& dir : dirs) {
    const auto at = by_broker.find(dir.broker_id);
    if (at == by_broker.end()) continue;
    at->second.push_back({{"partitions", partitions_of(dir, topics)},
                          {"error", error_of(dir)},
                          {"logDir", dir.path}});
  }
  ordered_json brokers = ordered_json::array();
  for (auto& [id, list] : by_broker) brokers.push_back({{"broker", id}, {"logDirs", list}});
  context.out_line(ordered_json{{"brokers", brokers}, {"version", 1}}.dump());
  return Ending{};
}

Ending show_log_dirs_error(const JavaError& error, ToolContext& context) {
  if (!error.is_answer()) return show_message_and_trace(error, context);
  context.err_line(error.text());
  context.err_line(fmt::format("java.util.concurrent.ExecutionException: {}", error.text()));
  return failed(1, error);
}

}  // namespace

Tool log_dirs_tool() {
  return {
      .about = "This tool helps to query log directory usage on the specified brokers.",
      .flags = {{"bootstrap-server", Takes::kValue,
                 "String: The server(s) to use for bootstrapping",
                 "REQUIRED: the servers to use for bootstrapping."},
                {"command-config", Takes::kValue, "String: Admin client property file",
                 "Property file with the settings of the admin client."},
                {"describe", Takes::kNothing, "", "Describe the log directories of brokers."},
                {"topic-list", Takes::kValue, "String: Topic list",
                 "Topics with commas between them; all topics without it."},
                {"broker-list", Takes::kValue, "String: Broker list",
                 "Ids of brokers with commas between them; all brokers without it."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_log_dirs,
      .on_error = show_log_dirs_error,
  };
}

}  // namespace kreel::kafka_tools
