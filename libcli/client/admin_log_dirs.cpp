#include <algorithm>
#include <iterator>

#include "client/admin_impl.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

std::vector<LogDir> log_dirs_of(std::int32_t broker_id,
                                const protocol::DescribeLogDirsResponse& response) {
  std::vector<LogDir> dirs;
  for (const auto& result : response.results) {
    LogDir& dir = dirs.emplace_back();
    dir.broker_id = broker_id;
    dir.path = result.log_dir;
    if (result.total_bytes >= 0) dir.total_bytes = result.total_bytes;
    if (result.usable_bytes >= 0) dir.usable_bytes = result.usable_bytes;
    if (result.error_code != ErrorCode::NONE) {
      dir.error = item_error(result.error_code,
                             {"log directory", result.log_dir, "DESCRIBE", std::nullopt, {}});
    }
    for (const auto& topic : result.topics) {
      for (const auto& partition : topic.partitions) {
        dir.replicas.push_back({{topic.name, partition.partition_index},
                                partition.partition_size,
                                partition.offset_lag,
                                partition.is_future_key});
      }
    }
    std::ranges::sort(dir.replicas, {}, &LogDirReplica::at);
  }
  std::ranges::sort(dirs, {}, &LogDir::path);
  return dirs;
}

/// The request takes partitions, not topics alone.
Result<protocol::DescribeLogDirsRequest> partitions_of(const std::vector<TopicInfo>& topics) {
  protocol::DescribeLogDirsRequest request;
  for (const TopicInfo& topic : topics) {
    if (topic.error) return fail(topic.error->error);
    auto& asked = request.topics->emplace_back();
    asked.topic = topic.name;
    for (const PartitionInfo& partition : topic.partitions) {
      asked.partitions.push_back(partition.partition);
    }
  }
  return request;
}

}  // namespace

Result<std::vector<LogDir>> ProtocolAdmin::describe_log_dirs(std::span<const std::string> topics) {
  const Deadline deadline = cluster_.new_deadline();
  protocol::DescribeLogDirsRequest request;
  request.topics.reset();
  if (!topics.empty()) {
    const std::vector<std::string> names(topics.begin(), topics.end());
    TRY_ASSIGN(const auto described, describe_topics(names));
    TRY_ASSIGN(request, partitions_of(described));
  }
  TRY(cluster_.ensure_brokers(deadline));
  std::vector<std::int32_t> ids;
  for (const auto& [id, broker] : cluster_.brokers()) ids.push_back(id);
  BrokerRouter router(cluster_, ids);
  std::vector<std::vector<LogDir>> per_broker(ids.size());
  using Call = Scatter<protocol::DescribeLogDirs>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        return std::vector<Call::Batch>{{request, items}};
      },
      [&](const protocol::DescribeLogDirsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const std::size_t item = items.front();
        if (response.error_code != ErrorCode::NONE) {
          return outcome.failed(item, response.error_code, Subject::cluster("DESCRIBE"));
        }
        per_broker[item] = log_dirs_of(ids[item], response);
        outcome.done(item);
      });
  TRY_ASSIGN(auto outcome, call.run(ids.size(), deadline));
  std::vector<LogDir> dirs;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (auto error = outcome.take_error(i)) {
      LogDir& unknown = dirs.emplace_back();
      unknown.broker_id = ids[i];
      unknown.error = std::move(error);
    }
    std::ranges::move(per_broker[i], std::back_inserter(dirs));
  }
  return dirs;
}

}  // namespace kreel::client
