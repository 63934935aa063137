#include <algorithm>

#include "client/admin_impl.hpp"
#include "client/consumer_group_describe.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr std::int8_t kConsumerMember = 1;

std::vector<TopicPartition> partitions_of(const ConsumerGroupDescribeResponse::Assignment& from) {
  std::vector<TopicPartition> partitions;
  for (const auto& topic : from.topic_partitions) {
    for (const std::int32_t partition : topic.partitions) {
      partitions.push_back({topic.topic_name, partition});
    }
  }
  std::ranges::sort(partitions);
  return partitions;
}

GroupMember member_of(const ConsumerGroupDescribeResponse::Member& from) {
  GroupMember member;
  member.member_id = from.member_id;
  member.group_instance_id = from.instance_id;
  member.client_id = from.client_id;
  member.client_host = from.client_host;
  member.subscription = from.subscribed_topic_names;
  if (from.subscribed_topic_regex && !from.subscribed_topic_regex->empty()) {
    member.subscription.push_back(*from.subscribed_topic_regex);
  }
  std::ranges::sort(member.subscription);
  member.assignment = partitions_of(from.assignment);
  member.epoch = from.member_epoch;
  member.target = partitions_of(from.target_assignment);
  if (from.member_type >= 0) member.upgraded = from.member_type == kConsumerMember;
  return member;
}

void fill(GroupDescription& group, const ConsumerGroupDescribeResponse::Group& from) {
  group.state = from.group_state;
  group.protocol_type = "consumer";
  group.protocol = from.assignor_name;
  group.type = "consumer";
  group.epoch = from.group_epoch;
  group.target_epoch = from.assignment_epoch;
  for (const auto& member : from.members) group.members.push_back(member_of(member));
  std::ranges::sort(group.members, {}, &GroupMember::member_id);
}

}  // namespace

Result<void> ProtocolAdmin::describe_consumer_groups(std::vector<GroupDescription>& groups,
                                                     const Deadline& deadline) {
  std::vector<GroupDescription*> unknown;
  std::vector<std::string> names;
  for (GroupDescription& group : groups) {
    if (group.error || group.state != "Dead") continue;
    unknown.push_back(&group);
    names.push_back(group.group);
  }
  if (names.empty()) return {};
  TRY_ASSIGN(Connection * connection, cluster_.any(deadline));
  if (!connection->supports<ConsumerGroupDescribe>()) return {};
  CoordinatorRouter router(cluster_, names, "DESCRIBE");
  using Call = Scatter<ConsumerGroupDescribe>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        for (const std::size_t item : items) batches[0].request.group_ids.push_back(names[item]);
        return batches;
      },
      [&](const ConsumerGroupDescribeResponse& response, const Call::Items& items,
          Outcome& outcome) {
        for (const auto& group : response.groups) {
          const auto at = std::ranges::find_if(
              items, [&](std::size_t item) { return names[item] == group.group_id; });
          if (at == items.end()) continue;
          if (group.error_code == ErrorCode::NONE) {
            fill(*unknown[*at], group);
            outcome.done(*at);
          } else if (group.error_code == ErrorCode::GROUP_ID_NOT_FOUND) {
            outcome.done(*at);  // of no type that is known here
          } else {
            outcome.failed(*at, group.error_code, Subject::group(group.group_id, "DESCRIBE"),
                           group.error_message);
          }
        }
      });
  TRY_ASSIGN(auto outcome, call.run(names.size(), deadline));
  for (std::size_t i = 0; i < names.size(); ++i) unknown[i]->error = outcome.take_error(i);
  return {};
}

}  // namespace kreel::client
