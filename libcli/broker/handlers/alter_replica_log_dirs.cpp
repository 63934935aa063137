// AlterReplicaLogDirs, versions 1-2.
//   2: flexible
// There is one directory, in which every partition is already.

#include <map>
#include <string_view>

#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;

ErrorCode move(const catalog::Topic* topic, PartitionId partition, bool is_here) {
  if (!is_here) return ErrorCode::LOG_DIR_NOT_FOUND;
  if (topic == nullptr || topic->partition(partition) == nullptr) {
    return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  }
  return ErrorCode::NONE;
}

}  // namespace

void handle(Call<protocol::AlterReplicaLogDirs> call, RequestContext& context) {
  // What is named twice is answered once, for the directory that was named last.
  std::map<std::string_view, std::map<PartitionId, bool>> wanted;
  for (const auto& directory : call.request.dirs) {
    const bool is_here = directory.path == context.broker.logs().directory();
    for (const auto& topic : directory.topics) {
      for (const PartitionId partition : topic.partitions) wanted[topic.name][partition] = is_here;
    }
  }
  const auto snapshot = context.broker.catalog().snapshot();
  protocol::AlterReplicaLogDirsResponse response;
  for (const auto& [name, partitions] : wanted) {
    const auto topic = snapshot->find(name);
    auto& out = response.results.emplace_back();
    out.topic_name = std::string(name);
    for (const auto& [partition, is_here] : partitions) {
      out.partitions.push_back({partition, move(topic.get(), partition, is_here)});
    }
  }
  call.reply(response);
}

}  // namespace kreel::broker
