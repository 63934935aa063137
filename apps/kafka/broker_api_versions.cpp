#include <algorithm>
#include <array>
#include <map>

#include "kafka/cluster_tools.hpp"

namespace kreel::kafka_tools {
namespace {

// One request's time, which is all that is waited.
constexpr std::int64_t kRequestMs = 5'000;

struct KafkaApi {
  std::int16_t key = 0;
  std::string_view name;
  std::int16_t oldest = 0;
  std::int16_t newest = 0;
  bool for_clients = false;
};

constexpr auto kKafkaApis = std::to_array<KafkaApi>({
#define KREEL_KAFKA_API(key, name, oldest, newest, for_clients) \
  {key, #name, oldest, newest, for_clients},
#include "kafka/kafka_apis.def"
#undef KREEL_KAFKA_API
});

std::string range_text(const ApiRange& range) {
  const auto api = std::ranges::find(kKafkaApis, range.key, &KafkaApi::key);
  const bool is_known = api != kKafkaApis.end();
  std::string text =
      fmt::format("{}({}): {}", is_known ? api->name : "UNKNOWN", range.key, range.min);
  if (range.min != range.max) text += fmt::format(" to {}", range.max);
  if (!is_known) return text;
  if (api->newest < range.min) return text + " [unusable: node too new]";
  if (range.max < api->oldest) return text + " [unusable: node too old]";
  return text + fmt::format(" [usable: {}]", std::min(api->newest, range.max));
}

std::string versions_text(const BrokerVersions& versions) {
  std::map<std::int16_t, std::string> texts;
  for (const ApiRange& range : versions.apis) texts[range.key] = range_text(range);
  for (const KafkaApi& api : kKafkaApis) {
    if (!api.for_clients) continue;
    texts.try_emplace(api.key, fmt::format("{}({}): UNSUPPORTED", api.name, api.key));
  }
  std::vector<std::string> lines;
  for (auto& [key, text] : texts) lines.push_back(std::move(text));
  return fmt::format("(\n\t{}\n)", join(lines, ",\n\t"));
}

tl::unexpected<JavaError> unreachable_cluster(const ClientConfig& config, ErrorKind reason,
                                              ToolContext& context) {
  std::vector<std::string> nodes;
  for (std::size_t i = 0; i < config.bootstrap_servers.size(); ++i) {
    const Endpoint& server = config.bootstrap_servers[i];
    nodes.push_back(
        fmt::format("{} (id: -{} rack: null isFenced: false)", server.to_string(), i + 1));
    context.log(
        "WARN",
        fmt::format("[LegacyAdminClient clientId=admin-1] Connection to node -{} ({}) could "
                    "not be established. Node may not be available.",
                    i + 1, server.to_string()),
        "org.apache.kafka.clients.NetworkClient");
  }
  return thrown("java.lang.RuntimeException",
                fmt::format("Request METADATA failed on brokers [{}]", join(nodes, ", ")), reason);
}

Outcome<Ending> run_broker_api_versions(const Options& options, ToolContext& context) {
  TRY(require(options, std::array<std::string_view, 1>{"bootstrap-server"}));
  auto made = admin_of(options, context);
  // Its client of old says only what is wrong.
  constexpr std::string_view kConfig = "org.apache.kafka.common.config.ConfigException: ";
  if (!made && made.error().cause.starts_with(kConfig)) {
    return thrown("org.apache.kafka.common.config.ConfigException",
                  made.error().cause.substr(kConfig.size()), made.error().reason);
  }
  TRY_ASSIGN(const ToolAdmin tool, std::move(made));
  ClientConfig config = tool.config();
  config.timeout_ms = kRequestMs;
  const auto admin = AdminClient::connect(config);
  if (!admin && admin.error().kind() == ErrorKind::kUnreachable) {
    return unreachable_cluster(config, admin.error().kind(), context);
  }
  if (!admin) return tl::unexpected(java_error(admin.error(), "listNodes"));
  TRY_ASSIGN(const ClusterInfo brokers, in_java((*admin)->describe_cluster(), "listNodes"));
  TRY_ASSIGN(const auto cluster, in_java(ClusterAdmin::connect(config), "listNodes"));
  TRY_ASSIGN(const auto versions, in_java(cluster->broker_versions(), "apiVersions"));
  for (const BrokerVersions& one : versions) {
    const auto broker = std::ranges::find(brokers.brokers, one.broker_id, &BrokerInfo::id);
    if (broker == brokers.brokers.end()) continue;
    context.out_line(fmt::format(
        "{} -> {}", java_name(*broker),
        one.error ? fmt::format("ERROR: {}", java_error(*one.error).text()) : versions_text(one)));
  }
  return Ending{};
}

}  // namespace

Tool broker_api_versions_tool() {
  return {
      .about = "This tool helps to retrieve broker version information.",
      .flags = {{"bootstrap-server", Takes::kValue, "String: server(s) to use for bootstrapping",
                 "REQUIRED: The server to connect to."},
                {"command-config", Takes::kValue, "String: command config property file",
                 "A property file containing configs to be passed to Admin Client."},
                {"help", Takes::kNothing, "", "Print usage information."},
                {"version", Takes::kNothing, "", "Display Kafka version."}},
      .run = run_broker_api_versions,
      .on_error = show_message_and_trace,
  };
}

}  // namespace kreel::kafka_tools
