#include "cli/fault_control.hpp"

#include <fmt/format.h>

#include "cli/admin.hpp"

namespace kreel::cli {
namespace {

Result<std::unique_ptr<BrokerControl>> find_by_address(CommandContext& context) {
  TRY_ASSIGN(ClientConfig config, client_config(context, PropertyScope::kGlobal));
  config.client_id = kControlClientId;
  TRY_ASSIGN(const Configuration* configuration, context.configuration());
  TRY_ASSIGN(const auto admin, connect_admin(config, *configuration));
  TRY_ASSIGN(const ClusterInfo cluster, admin->describe_cluster());
  TRY_ASSIGN(const auto dirs, admin->describe_log_dirs({}));
  const std::string address = config.bootstrap_servers.front().to_string();
  for (const LogDir& dir : dirs) {
    if (dir.error) return fail(dir.error->error);
    auto control = BrokerControl::connect(BrokerControl::socket_of(dir.path), config.timeout_ms);
    if (!control && control.error().kind() != ErrorKind::kNotFound) return control;
    // Another machine's broker may well have a directory of the same name.
    if (control && (*control)->cluster_id() == cluster.cluster_id) return control;
  }
  return fail(ErrorKind::kNotFound,
              fmt::format("the broker at {} has no control socket on this machine", address),
              "faults are for kreel's own broker, from the machine that it runs on");
}

}  // namespace

Result<std::unique_ptr<BrokerControl>> connect_control(CommandContext& context,
                                                       const std::optional<std::string>& data_dir) {
  const std::int64_t timeout_ms = context.timeout().count();
  if (data_dir && context.globals().brokers) {
    return fail(ErrorKind::kUsage, "-b and --data-dir: give one of them");
  }
  if (data_dir) return BrokerControl::connect(BrokerControl::socket_of(*data_dir), timeout_ms);
  const auto socket = context.environment().find("KREEL_CONTROL");
  if (!context.globals().brokers && socket != context.environment().end() &&
      !socket->second.empty()) {
    return BrokerControl::connect(socket->second, timeout_ms);
  }
  return find_by_address(context);
}

Result<void> begin_faults(Output& output) {
  return output.begin("faults", {{"id"},
                                 {"kind"},
                                 {"api"},
                                 {"error"},
                                 {"left"},
                                 {"latency_min_ms"},
                                 {"latency_max_ms"},
                                 {"percent"},
                                 {"hits"}});
}

void print_faults(Output& output, const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    output.row({fault.id, fault.kind, fault.api, fault.error, fault.left, fault.latency_min_ms,
                fault.latency_max_ms, fault.percent, fault.hits});
  }
  output.end();
}

}  // namespace kreel::cli
