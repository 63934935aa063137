#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kreel/cluster_admin.hpp>

#include "kafka/client.hpp"

// What the tools share that look at a cluster as such.

namespace kreel::kafka_tools {

// A client for calls of ClusterAdmin; ToolAdmin waits for the broker.
class ToolCluster {
 public:
  explicit ToolCluster(ToolAdmin admin) : admin_(std::move(admin)) {}
  // --bootstrap-server and --command-config; --bootstrap-controller is refused.
  static Outcome<ToolCluster> make(const Options& options, ToolContext& context);
  Outcome<AdminClient*> admin(std::string_view call) { return admin_.connect(call); }
  Outcome<ClusterAdmin*> cluster(std::string_view call);

 private:
  ToolAdmin admin_;
  std::unique_ptr<ClusterAdmin> cluster_;
};

// "The node does not support X", where the library says that the broker lacks it.
template <class T>
Outcome<T> in_java_api(Result<T> result, std::string_view call, std::string_view api) {
  if (!result && result.error().kind() == ErrorKind::kFailed &&
      result.error().message().starts_with("the broker does not support")) {
    return thrown("org.apache.kafka.common.errors.UnsupportedVersionException",
                  fmt::format("The node does not support {}", api));
  }
  return in_java(std::move(result), call);
}

JavaError java_error(const Refusal& refusal);

// As ToolsUtils.prettyPrintTable: every cell as wide as its column, with a tab behind it.
void print_padded_table(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows, ToolContext& context);

// --bootstrap-server, --bootstrap-controller and --command-config, of which the first two are group
// 0 of the parser. `controllers` is what the second one leads to.
std::vector<Argument> cluster_arguments(std::string_view controllers,
                                        std::string command_config_help);

// What a client's future has thrown is shown as an ExecutionException.
Ending show_execution_error(const JavaError& error, ToolContext& context);

inline constexpr std::string_view kNoController =
    "kreel's tools speak to brokers: name one with --bootstrap-server";

}  // namespace kreel::kafka_tools
