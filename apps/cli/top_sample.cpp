#include "cli/top_sample.hpp"

#include "cli/client_log.hpp"
#include "cli/groups.hpp"

namespace kreel::cli {
namespace {

using Leaders = std::map<TopicPartition, std::int32_t>;

void add_log_ends(AdminClient& admin, const Leaders& leaders, ClusterSample& sample) {
  std::vector<OffsetQuery> queries;
  for (const auto& [at, leader] : leaders) queries.push_back({at, OffsetSpec::latest()});
  if (queries.empty()) return;
  const auto listed = admin.list_offsets(queries, Isolation::kReadUncommitted);
  if (!listed) return sample.errors.push_back(listed.error());
  for (const ListedOffset& one : *listed) {
    if (one.error) sample.errors.push_back(one.error->error);
    if (one.offset) sample.logs[one.at].end = *one.offset;
  }
}

void add_sizes(AdminClient& admin, const Leaders& leaders, ClusterSample& sample) {
  const auto dirs = admin.describe_log_dirs({});
  if (!dirs) return sample.errors.push_back(dirs.error());
  for (const LogDir& dir : *dirs) {
    if (dir.error) sample.errors.push_back(dir.error->error);
    for (const LogDirReplica& replica : dir.replicas) {
      const auto leader = leaders.find(replica.at);
      const auto log = sample.logs.find(replica.at);
      if (leader == leaders.end() || leader->second != dir.broker_id) continue;
      if (log != sample.logs.end() && !replica.future) log->second.size_bytes = replica.size_bytes;
    }
  }
}

void add_lag(AdminClient& admin, ClusterSample& sample) {
  const auto groups = wanted_groups(admin, {}, &sample.errors);
  if (!groups) return sample.errors.push_back(groups.error());
  if (groups->empty()) return;
  LagOptions options;
  options.time_lag = false;
  options.never_committed = true;
  auto lag = measure_lag(admin, *groups, options);
  if (!lag) return sample.errors.push_back(lag.error());
  sample.lag = std::move(*lag);
  sample.errors.insert(sample.errors.end(), sample.lag.errors.begin(), sample.lag.errors.end());
}

}  // namespace

Result<ClusterSample> sample_cluster(AdminClient& admin) {
  ClusterSample sample;
  TRY_ASSIGN(const auto topics, admin.list_topics());
  Leaders leaders;
  for (const TopicInfo& topic : topics) {
    if (topic.error) {
      sample.errors.push_back(topic.error->error);
      continue;
    }
    sample.topics[topic.name] = topic.partitions.size();
    if (topic.internal) sample.internal.insert(topic.name);
    for (const PartitionInfo& partition : topic.partitions) {
      if (partition.leader) leaders[{topic.name, partition.partition}] = *partition.leader;
    }
  }
  add_lag(admin, sample);
  // Ends and sizes together and last, so that the time is theirs.
  add_log_ends(admin, leaders, sample);
  add_sizes(admin, leaders, sample);
  sample.at_ms = steady_ms();
  const auto cluster = admin.describe_cluster();
  if (cluster) {
    sample.cluster_id = cluster->cluster_id.value_or("");
    sample.brokers = cluster->brokers.size();
  }
  return sample;
}

}  // namespace kreel::cli
