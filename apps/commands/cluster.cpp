#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct ClusterArgs {};

Result<ExitCode> run(const ClusterArgs&, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto cluster, admin->describe_cluster());
  Output& output = context.output();
  TRY(output.begin("cluster", {{"broker_id"},
                               {"host"},
                               {"port"},
                               {"rack", Column::Show::kWide},
                               {"controller"},
                               {"cluster_id"}}));
  for (const BrokerInfo& broker : cluster.brokers) {
    output.row({std::int64_t{broker.id}, broker.host, std::int64_t{broker.port}, broker.rack,
                cluster.controller_id == broker.id, cluster.cluster_id});
  }
  output.end();
  return ExitCode::kDone;
}

}  // namespace

Command cluster() {
  return command<ClusterArgs>({
      .name = "cluster",
      .summary = "Show the cluster's id and brokers",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .examples = {{"kreel cluster", "Who answers on 127.0.0.1:9092"},
                   {"kreel cluster -P prod -o json", "A profile's cluster, for a script"}},
      .exits = {ExitCode::kUnreachable},
      .see_also = {"topics list"},
  });
}

}  // namespace kreel::commands
