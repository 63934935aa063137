#include "kafka/cluster_tools.hpp"

#include <algorithm>

namespace kreel::kafka_tools {
namespace {

constexpr std::string_view kErrorPackage = "org.apache.kafka.common.errors.";

}  // namespace

Outcome<ToolCluster> ToolCluster::make(const Options& options, ToolContext& context) {
  if (options.has("bootstrap-controller")) {
    return tl::unexpected(
        JavaError{JavaError::Kind::kBare, "", std::string(kNoController), ErrorKind::kUsage});
  }
  TRY_ASSIGN(ToolAdmin admin, admin_of(options, context));
  return ToolCluster(std::move(admin));
}

Outcome<ClusterAdmin*> ToolCluster::cluster(std::string_view call) {
  if (cluster_) return cluster_.get();
  TRY(admin_.connect(call));
  TRY_ASSIGN(cluster_, in_java(ClusterAdmin::connect(admin_.config()), call));
  return cluster_.get();
}

JavaError java_error(const Refusal& refusal) {
  return java_error(refusal.error, refusal.broker_text);
}

void print_padded_table(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows, ToolContext& context) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : header) widths.push_back(cell.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("{:<{}}\t", row[i], widths[i]);
    }
    context.out_line(line);
  };
  print(header);
  for (const auto& row : rows) print(row);
}

std::vector<Argument> cluster_arguments(std::string_view controllers,
                                        std::string command_config_help) {
  const auto servers = [](std::string name, std::string_view what) {
    return Argument{.name = std::move(name),
                    .help = fmt::format("A comma-separated list of host:port pairs to use for "
                                        "establishing the connection to the {}.",
                                        what),
                    .group = 0};
  };
  return {servers("--bootstrap-server", "Kafka cluster"),
          servers("--bootstrap-controller", controllers),
          {.name = "--command-config", .help = std::move(command_config_help)}};
}

Ending show_execution_error(const JavaError& error, ToolContext& context) {
  if (!error.type.starts_with(kErrorPackage)) return show_message_and_trace(error, context);
  context.err_line(error.text());
  context.err_line(fmt::format("java.util.concurrent.ExecutionException: {}", error.text()));
  return failed(1, error);
}

}  // namespace kreel::kafka_tools
