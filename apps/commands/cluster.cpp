#include <algorithm>
#include <map>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct ClusterArgs {};

struct Load {
  std::int64_t leaders = 0;
  std::int64_t replicas = 0;
  std::int64_t out_of_sync = 0;
};

/// What each broker holds, also one that is not registered now.
std::map<std::int32_t, Load> load_by_broker(const std::vector<TopicInfo>& topics) {
  std::map<std::int32_t, Load> loads;
  for (const TopicInfo& topic : topics) {
    for (const PartitionInfo& partition : topic.partitions) {
      if (partition.leader) ++loads[*partition.leader].leaders;
      for (const std::int32_t replica : partition.replicas) {
        Load& load = loads[replica];
        ++load.replicas;
        if (std::ranges::find(partition.isr, replica) == partition.isr.end()) ++load.out_of_sync;
      }
    }
  }
  return loads;
}

Result<ExitCode> run(const ClusterArgs&, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto cluster, admin->describe_cluster());
  TRY_ASSIGN(const auto topics, admin->list_topics());
  auto loads = load_by_broker(topics);
  Output& output = context.output();
  TRY(output.begin("cluster", {{"broker_id"},
                               {"host"},
                               {"port"},
                               {"rack", Column::Show::kWide},
                               {"controller"},
                               {"state"},
                               {"leaders"},
                               {"replicas"},
                               {"out_of_sync"},
                               {"cluster_id"}}));
  for (const BrokerInfo& broker : cluster.brokers) {
    const Load load = loads[broker.id];
    loads.erase(broker.id);
    output.row({std::int64_t{broker.id}, broker.host, std::int64_t{broker.port}, broker.rack,
                cluster.controller_id == broker.id, broker.fenced ? "fenced" : "up", load.leaders,
                load.replicas, load.out_of_sync, cluster.cluster_id});
  }
  for (const auto& [id, load] : loads) {
    output.row({std::int64_t{id}, nullptr, nullptr, nullptr, false, "gone", load.leaders,
                load.replicas, load.out_of_sync, cluster.cluster_id});
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
      .details =
          "A broker that is fenced, or gone, holds replicas and does not serve them. Leaders and "
          "replicas are numbers of partitions; out-of-sync replicas are behind their leader, or on "
          "a broker that is down.",
      .examples = {{"kreel cluster", "Who answers on 127.0.0.1:9092"},
                   {"kreel cluster -P prod -o json", "A profile's cluster, for a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized},
      .see_also = {"topics describe"},
  });
}

}  // namespace kreel::commands
