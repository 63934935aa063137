#include <algorithm>

#include "kafka/cluster_tools.hpp"

namespace kreel::kafka_tools {
namespace {

constexpr std::size_t kHostWidthOfNone = 100;
constexpr std::size_t kRackWidthOfNone = 10;

Outcome<Ending> show_cluster_id(ToolCluster& tool, ToolContext& context) {
  TRY_ASSIGN(AdminClient * admin, tool.admin("listNodes"));
  TRY_ASSIGN(const ClusterInfo cluster, in_java(admin->describe_cluster(), "listNodes"));
  context.out_line(cluster.cluster_id
                       ? fmt::format("Cluster ID: {}", *cluster.cluster_id)
                       : "No cluster ID found. The Kafka version is probably too old.");
  return Ending{};
}

Outcome<Ending> list_endpoints(ToolCluster& tool, bool with_fenced, ToolContext& context) {
  TRY_ASSIGN(AdminClient * admin, tool.admin("listNodes"));
  TRY_ASSIGN(ClusterInfo cluster, in_java(admin->describe_cluster(), "listNodes"));
  if (!with_fenced) std::erase_if(cluster.brokers, [](const BrokerInfo& b) { return b.fenced; });
  std::size_t host_width = cluster.brokers.empty() ? kHostWidthOfNone : 0;
  std::size_t rack_width = 0;
  for (const BrokerInfo& broker : cluster.brokers) {
    host_width = std::max(host_width, broker.host.size());
    if (broker.rack) rack_width = std::max(rack_width, broker.rack->size());
  }
  if (rack_width == 0) rack_width = kRackWidthOfNone;
  const auto print = [&](std::string_view id, std::string_view host, std::string_view port,
                         std::string_view rack, std::string_view state, std::string_view type) {
    context.out_line(fmt::format("{:<10} {:<{}} {:<10} {:<{}} {:<10} {:<15}", id, host, host_width,
                                 port, rack, rack_width, state, type));
  };
  print("ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE");
  for (const BrokerInfo& broker : cluster.brokers) {
    print(std::to_string(broker.id), broker.host, std::to_string(broker.port),
          broker.rack.value_or("null"), broker.fenced ? "fenced" : "unfenced", "broker");
  }
  return Ending{};
}

Outcome<Ending> unregister(ToolCluster& tool, std::int32_t id, ToolContext& context) {
  TRY_ASSIGN(ClusterAdmin * cluster, tool.cluster("unregisterBroker"));
  const auto refusal =
      in_java_api(cluster->unregister_broker(id), "unregisterBroker", "UNREGISTER_BROKER");
  if (!refusal) {
    if (!refusal.error().type.ends_with(".UnsupportedVersionException")) {
      return tl::unexpected(refusal.error());
    }
    context.out_line("The target cluster does not support the broker unregistration API.");
    return Ending{0, cli::exit_code(refusal.error().reason)};
  }
  if (*refusal) return tl::unexpected(java_error(**refusal));
  context.out_line(fmt::format("Broker {} is no longer registered.", id));
  return Ending{};
}

Outcome<Ending> run_cluster(const Options& options, ToolContext& context) {
  TRY_ASSIGN(const std::string command, options.value_or("command", ""));
  if (options.has("config") && options.has("command-config")) {
    return thrown("net.sourceforge.argparse4j.inf.ArgumentParserException",
                  "--config and --command-config cannot be specified together.", ErrorKind::kUsage);
  }
  Options settings = options;
  TRY_ASSIGN(const auto file, options.value("config"));
  if (file) settings.add("command-config", *file);
  TRY_ASSIGN(ToolCluster tool, ToolCluster::make(settings, context));
  if (command == "cluster-id") return show_cluster_id(tool, context);
  if (command == "list-endpoints") {
    return list_endpoints(tool, options.has("include-fenced-brokers"), context);
  }
  TRY_ASSIGN(const std::int32_t id, options.integer_or("id", -1));
  return unregister(tool, id, context);
}

ArgumentParser command_of_cluster(std::string name, std::string help,
                                  std::vector<Argument> more = {}) {
  ArgumentParser parser{.program = std::move(name), .help = std::move(help)};
  parser.groups = {{.required = true}};
  parser.arguments = {
      {.name = "--config",
       .help = "(DEPRECATED) A property file containing configurations for the Admin client. This "
               "option will be removed in a future version. Use --command-config instead."},
      {.name = "--command-config",
       .alias = "-c",
       .help = "Config properties file for the Admin client."},
      {.name = "--bootstrap-server",
       .alias = "-b",
       .help = "A list of host/port pairs to use for establishing the connection to the Kafka "
               "cluster.",
       .group = 0},
      {.name = "--bootstrap-controller",
       .alias = "-C",
       .help = "A list of host/port pairs to use for establishing the connection to the KRaft "
               "controllers.",
       .group = 0},
  };
  std::ranges::move(more, std::back_inserter(parser.arguments));
  return parser;
}

}  // namespace

Tool cluster_tool() {
  ArgumentParser parser{
      .program = "kafka-cluster", .description = "The Kafka cluster tool.", .help_code = 1};
  parser.commands = {
      command_of_cluster("cluster-id", "Get information about the ID of a cluster."),
      command_of_cluster("unregister", "Unregister a broker.",
                         {{.name = "--id",
                           .alias = "-i",
                           .help = "The ID of the broker to unregister.",
                           .type = JavaType::kInteger,
                           .required = true}}),
      command_of_cluster("list-endpoints", "List endpoints",
                         {{.name = "--include-fenced-brokers",
                           .takes = Argument::Takes::kNothing,
                           .help = "Whether to include fenced brokers when listing broker "
                                   "endpoints"}}),
  };
  return {.run = run_cluster, .on_error = show_execution_error, .arguments = std::move(parser)};
}

}  // namespace kreel::kafka_tools
