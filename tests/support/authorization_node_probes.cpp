#include "support/authorization_world.hpp"

// What is asked of a cluster of several nodes.

namespace kreel::test {

using namespace protocol;

std::map<std::string_view, AccessProbe> with_node_probes(
    std::map<std::string_view, AccessProbe> probes) {
  using World = AuthorizationWorld;
  const std::string cluster{kAclCluster};
  probes.insert({
      {"elect_leaders",
       {cluster,
        [](World& w) {
          ElectLeadersRequest request;
          request.topic_partitions->push_back({"orders", {0}});
          return w.ask<ElectLeaders>(request);
        },
        {}}},
      {"alter_reassignments",
       {cluster,
        [](World& w) {
          AlterPartitionReassignmentsRequest request;
          request.topics.push_back({"orders", {{.partition_index = 0, .replicas = {{1}}}}});
          return w.ask<AlterPartitionReassignments>(request);
        },
        {}}},
      {"list_reassignments",
       {cluster, [](World& w) { return w.ask<ListPartitionReassignments>({}); }, {}}},
      {"describe_quorum",
       {cluster,
        [](World& w) {
          DescribeQuorumRequest request;
          request.topics.push_back({"__cluster_metadata", {{.partition_index = 0}}});
          return w.ask<DescribeQuorum>(request);
        },
        {}}},
      {"update_features",
       {cluster,
        [](World& w) {
          UpdateFeaturesRequest request;
          auto& update = request.feature_updates.emplace_back();
          update.feature = "transaction.version";
          update.max_version_level = 2;
          return w.ask<UpdateFeatures>(request);
        },
        {}}},
      {"list_config_resources",
       {cluster, [](World& w) { return w.ask<ListConfigResources>({}); }, {}}},
      {"alter_log_dirs",
       {cluster,
        [](World& w) {
          AlterReplicaLogDirsRequest request;
          request.dirs.push_back({"/data", {{"orders", {0}}}});
          return w.ask<AlterReplicaLogDirs>(request);
        },
        {}}},
  });
  return probes;
}

}  // namespace kreel::test
