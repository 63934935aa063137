#include "coordinator/offset_fetch_forms.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace kreel::coordinator {

using protocol::ErrorCode;
using protocol::OffsetFetchRequest;
using protocol::OffsetFetchResponse;

namespace {

using AskedGroup = OffsetFetchRequest::OffsetFetchRequestGroup;

constexpr protocol::Version kManyGroupsFrom = 8;
constexpr protocol::Version kGroupErrorFrom = 2;

/// v1 cannot tell the group's error but in each partition.
void spread_error(const OffsetFetchRequest& request, ErrorCode error,
                  OffsetFetchResponse& response) {
  if (!request.topics) return;
  for (const auto& topic : *request.topics) {
    auto& told = response.topics.emplace_back();
    told.name = topic.name;
    for (const std::int32_t partition : topic.partition_indexes) {
      auto& result = told.partitions.emplace_back();
      result.partition_index = partition;
      result.committed_offset = -1;
      result.error_code = error;
    }
  }
}

/// Each group once, with the topics of all its mentions: an answer may be long, a mention is not.
std::vector<AskedGroup> distinct(std::vector<AskedGroup> asked) {
  std::vector<AskedGroup> groups;
  std::map<std::string, std::size_t> places;
  for (AskedGroup& group : asked) {
    const auto [place, is_new] = places.try_emplace(group.group_id, groups.size());
    if (is_new) {
      groups.push_back(std::move(group));
      continue;
    }
    auto& known = groups[place->second].topics;
    if (!group.topics) known.reset();
    if (known) std::ranges::move(*group.topics, std::back_inserter(*known));
  }
  return groups;
}

}  // namespace

std::vector<OffsetFetchRequest::OffsetFetchRequestGroup> groups_of(OffsetFetchRequest request,
                                                                   protocol::Version version) {
  if (version >= kManyGroupsFrom) return distinct(std::move(request.groups));
  std::vector<OffsetFetchRequest::OffsetFetchRequestGroup> groups(1);
  groups[0].group_id = std::move(request.group_id);
  if (!request.topics) {
    groups[0].topics = std::nullopt;
    return groups;
  }
  for (auto& topic : *request.topics) {
    auto& named = groups[0].topics->emplace_back();
    named.name = std::move(topic.name);
    named.partition_indexes = std::move(topic.partition_indexes);
  }
  return groups;
}

OffsetFetchResponse offset_fetch_response(
    std::vector<OffsetFetchResponse::OffsetFetchResponseGroup> groups,
    const OffsetFetchRequest& request, protocol::Version version) {
  OffsetFetchResponse response;
  if (version >= kManyGroupsFrom) {
    response.groups = std::move(groups);
    return response;
  }
  if (groups.empty()) return response;
  auto& group = groups.front();
  if (version >= kGroupErrorFrom) {
    response.error_code = group.error_code;
  } else if (group.error_code != ErrorCode::NONE) {
    spread_error(request, group.error_code, response);
    return response;
  }
  for (auto& topic : group.topics) {
    auto& told = response.topics.emplace_back();
    told.name = std::move(topic.name);
    for (auto& partition : topic.partitions) {
      told.partitions.push_back({partition.partition_index, partition.committed_offset,
                                 partition.committed_leader_epoch, std::move(partition.metadata),
                                 partition.error_code});
    }
  }
  return response;
}

}  // namespace kreel::coordinator
