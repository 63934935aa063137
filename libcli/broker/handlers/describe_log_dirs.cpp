// DescribeLogDirs, versions 1-5.
//   2: flexible   3: top-level error   4: total and usable bytes   5: cordoned (never here)

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::DescribeLogDirsResponse;

std::int64_t to_int64(std::uint64_t bytes) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(bytes, kMax));
}

void add_partition(const catalog::Topic& topic, PartitionId partition,
                   DescribeLogDirsResponse::DescribeLogDirsTopic& out) {
  const auto log = topic.partition(partition);
  if (log == nullptr) return;
  out.partitions.push_back({.partition_index = partition,
                            .partition_size = log->size_bytes(),
                            .offset_lag = 0,
                            .is_future_key = false});
}

void answer(Call<protocol::DescribeLogDirs>& call, Broker& broker, fs::FreeSpace space) {
  const auto snapshot = broker.catalog().snapshot();
  DescribeLogDirsResponse response;
  auto& directory = response.results.emplace_back();
  directory.log_dir = broker.logs().directory();
  directory.total_bytes = to_int64(space.total_bytes);
  directory.usable_bytes = to_int64(space.available_bytes);
  if (!call.request.topics) {
    for (const auto& [name, topic] : snapshot->topics()) {
      auto& out = directory.topics.emplace_back();
      out.name = name;
      for (std::size_t p = 0; p < topic->partitions.size(); ++p) {
        add_partition(*topic, static_cast<PartitionId>(p), out);
      }
    }
    return call.reply(response);
  }
  std::map<std::string_view, std::set<PartitionId>> wanted;
  for (const auto& asked : *call.request.topics) {
    wanted[asked.topic].insert(asked.partitions.begin(), asked.partitions.end());
  }
  for (const auto& [name, partitions] : wanted) {
    const auto topic = snapshot->find(name);
    if (topic == nullptr) continue;
    auto& out = directory.topics.emplace_back();
    out.name = topic->name;
    for (const PartitionId partition : partitions) add_partition(*topic, partition, out);
  }
  call.reply(response);
}

}  // namespace

void handle(Call<protocol::DescribeLogDirs> call, RequestContext& context) {
  struct Waiting {
    Call<protocol::DescribeLogDirs> call;
    fs::FreeSpace space;
  };
  const auto waiting = std::make_shared<Waiting>(Waiting{std::move(call), {}});
  Broker& broker = context.broker;
  broker.run_on_reader([&broker, waiting] { waiting->space = broker.logs().free_space(); },
                       context.io,
                       [&broker, waiting] { answer(waiting->call, broker, waiting->space); });
}

}  // namespace kreel::broker
