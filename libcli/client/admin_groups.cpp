#include <algorithm>

#include "base/text.hpp"
#include "client/admin_impl.hpp"
#include "protocol/messages/consumer_protocol.hpp"

namespace kreel::client {

using protocol::ErrorCode;

namespace {

constexpr protocol::Version kStatesFrom = 4;
constexpr protocol::Version kTypesFrom = 5;
constexpr protocol::Version kManyLeaversFrom = 3;

bool passes(const std::vector<std::string>& wanted, const std::optional<std::string>& value) {
  if (wanted.empty()) return true;
  return value && std::ranges::any_of(wanted, [&](const std::string& one) {
           return equals_ignore_case(one, *value);
         });
}

std::vector<GroupListing> listings_of(std::int32_t broker_id,
                                      const protocol::ListGroupsResponse& response,
                                      const ListGroupsFilter& filter) {
  std::vector<GroupListing> groups;
  for (const auto& group : response.groups) {
    GroupListing listing;
    listing.group = group.group_id;
    listing.protocol_type = group.protocol_type;
    if (!group.group_state.empty()) listing.state = group.group_state;
    if (!group.group_type.empty()) listing.type = group.group_type;
    listing.coordinator_id = broker_id;
    // Older brokers do not filter.
    if (passes(filter.states, listing.state) && passes(filter.types, listing.type)) {
      groups.push_back(std::move(listing));
    }
  }
  return groups;
}

/// What an embedded message of the consumer protocol holds; its version comes first.
template <class Message>
std::optional<Message> decode_embedded(const Bytes& bytes) {
  if (bytes.empty()) return std::nullopt;
  protocol::WireReader in(bytes);
  const auto version = in.read_int<std::int16_t>();
  if (in.failed() || version < 0) return std::nullopt;
  Message message;
  protocol::decode(message, std::min(version, Message::versions.max), in);
  return in.failed() ? std::nullopt : std::optional(std::move(message));
}

GroupMember member_of(const protocol::DescribeGroupsResponse::DescribedGroupMember& from,
                      bool is_consumer) {
  GroupMember member;
  member.member_id = from.member_id;
  member.group_instance_id = from.group_instance_id;
  member.client_id = from.client_id;
  member.client_host = from.client_host;
  if (!is_consumer) return member;
  using protocol::ConsumerProtocolAssignment;
  using protocol::ConsumerProtocolSubscription;
  if (const auto held = decode_embedded<ConsumerProtocolAssignment>(from.member_assignment)) {
    for (const auto& topic : held->assigned_partitions) {
      for (const auto partition : topic.partitions) {
        member.assignment.push_back({topic.topic, partition});
      }
    }
    std::ranges::sort(member.assignment);
  }
  if (auto wants = decode_embedded<ConsumerProtocolSubscription>(from.member_metadata)) {
    member.subscription = std::move(wants->topics);
    std::ranges::sort(member.subscription);
  }
  return member;
}

GroupDescription description_of(const protocol::DescribeGroupsResponse::DescribedGroup& from) {
  GroupDescription group;
  group.group = from.group_id;
  group.state = from.group_state;
  group.protocol_type = from.protocol_type;
  group.protocol = from.protocol_data;
  for (const auto& member : from.members) {
    group.members.push_back(member_of(member, from.protocol_type == "consumer"));
  }
  std::ranges::sort(group.members, {}, &GroupMember::member_id);
  return group;
}

using LeaveCall = Scatter<protocol::LeaveGroup>;

std::vector<LeaveCall::Batch> leave_requests(const std::string& group,
                                             std::span<const GroupMember> members,
                                             const LeaveCall::Items& items,
                                             protocol::Version version) {
  std::vector<LeaveCall::Batch> batches;
  for (const std::size_t item : items) {
    if (batches.empty() || version < kManyLeaversFrom) {
      batches.emplace_back().request.group_id = group;
    }
    LeaveCall::Batch& batch = batches.back();
    batch.items.push_back(item);
    const GroupMember& member = members[item];
    if (version < kManyLeaversFrom) {
      batch.request.member_id = member.member_id;
      continue;
    }
    auto& leaver = batch.request.members.emplace_back();
    if (!member.group_instance_id) leaver.member_id = member.member_id;
    leaver.group_instance_id = member.group_instance_id;
    leaver.reason = "removed by an administrator";
  }
  return batches;
}

}  // namespace

Result<GroupList> ProtocolAdmin::list_groups(const ListGroupsFilter& filter) {
  const Deadline deadline = cluster_.new_deadline();
  TRY(cluster_.ensure_brokers(deadline));
  std::vector<std::int32_t> ids;
  for (const auto& [id, broker] : cluster_.brokers()) ids.push_back(id);
  BrokerRouter router(cluster_, ids);
  GroupList list;
  using Call = Scatter<protocol::ListGroups>;
  Call call(
      cluster_, router,
      [&](protocol::Version version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        if (version >= kStatesFrom) batches[0].request.states_filter = filter.states;
        if (version >= kTypesFrom) batches[0].request.types_filter = filter.types;
        return batches;
      },
      [&](const protocol::ListGroupsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        const std::size_t item = items.front();
        if (response.error_code != ErrorCode::NONE) {
          const Subject broker{"broker", std::to_string(ids[item]), "DESCRIBE", std::nullopt, {}};
          return outcome.failed(item, response.error_code, broker);
        }
        std::ranges::move(listings_of(ids[item], response, filter),
                          std::back_inserter(list.groups));
        outcome.done(item);
      });
  TRY_ASSIGN(auto outcome, call.run(ids.size(), deadline));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (auto error = outcome.take_error(i)) list.errors.push_back(std::move(error->error));
  }
  if (!ids.empty() && list.errors.size() == ids.size()) return fail(list.errors.front());
  std::ranges::sort(list.groups, {}, &GroupListing::group);
  return list;
}

Result<std::vector<GroupDescription>> ProtocolAdmin::describe_groups(
    std::span<const std::string> groups) {
  const Deadline deadline = cluster_.new_deadline();
  const std::vector<std::string> names(groups.begin(), groups.end());
  std::vector<GroupDescription> described(names.size());
  CoordinatorRouter router(cluster_, names, "DESCRIBE");
  using Call = Scatter<protocol::DescribeGroups>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        for (const std::size_t item : items) batches[0].request.groups.push_back(names[item]);
        return batches;
      },
      [&](const protocol::DescribeGroupsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        std::map<std::string, std::size_t> index;
        for (const std::size_t item : items) index.emplace(names[item], item);
        for (const auto& group : response.groups) {
          const auto at = index.find(group.group_id);
          if (at == index.end()) continue;
          if (group.error_code == ErrorCode::GROUP_ID_NOT_FOUND) {
            described[at->second].state = "Dead";
          } else if (group.error_code != ErrorCode::NONE) {
            outcome.failed(at->second, group.error_code, Subject::group(group.group_id, "DESCRIBE"),
                           group.error_message);
            continue;
          } else {
            described[at->second] = description_of(group);
          }
          described[at->second].coordinator = cluster_.brokers().at(router.broker_of(at->second));
          outcome.done(at->second);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(names.size(), deadline));
  for (std::size_t i = 0; i < names.size(); ++i) {
    described[i].group = names[i];
    described[i].error = outcome.take_error(i);
  }
  TRY(describe_consumer_groups(described, deadline));
  return described;
}

Result<std::vector<NamedResult>> ProtocolAdmin::delete_groups(std::span<const std::string> groups) {
  const Deadline deadline = cluster_.new_deadline();
  const std::vector<std::string> names(groups.begin(), groups.end());
  CoordinatorRouter router(cluster_, names, "DELETE");
  using Call = Scatter<protocol::DeleteGroups>;
  Call call(
      cluster_, router,
      [&](protocol::Version, const Call::Items& items) -> Result<std::vector<Call::Batch>> {
        std::vector<Call::Batch> batches{{{}, items}};
        for (const std::size_t item : items) {
          batches[0].request.groups_names.push_back(names[item]);
        }
        return batches;
      },
      [&](const protocol::DeleteGroupsResponse& response, const Call::Items& items,
          Outcome& outcome) {
        std::map<std::string, std::size_t> index;
        for (const std::size_t item : items) index.emplace(names[item], item);
        for (const auto& result : response.results) {
          const auto at = index.find(result.group_id);
          if (at == index.end()) continue;
          outcome.settle(at->second, result.error_code, Subject::group(at->first, "DELETE"));
        }
      });
  TRY_ASSIGN(auto outcome, call.run(names.size(), deadline));
  std::vector<NamedResult> results;
  for (std::size_t i = 0; i < names.size(); ++i) {
    results.push_back({names[i], outcome.take_error(i)});
  }
  return results;
}

Result<std::vector<NamedResult>> ProtocolAdmin::remove_members(
    std::string_view group, std::span<const GroupMember> members) {
  const Deadline deadline = cluster_.new_deadline();
  const std::string name(group);
  const Subject subject = Subject::group(name, "READ");
  CoordinatorRouter router(cluster_, std::vector<std::string>(members.size(), name), "READ");
  const auto is_about = [](const GroupMember& member, const auto& answer) {
    if (member.group_instance_id) return answer.group_instance_id == member.group_instance_id;
    return answer.member_id == member.member_id;
  };
  LeaveCall call(
      cluster_, router,
      [&](protocol::Version version,
          const LeaveCall::Items& items) -> Result<std::vector<LeaveCall::Batch>> {
        return leave_requests(name, members, items, version);
      },
      [&](const protocol::LeaveGroupResponse& response, const LeaveCall::Items& items,
          Outcome& outcome) {
        for (const std::size_t item : items) {
          const auto answer = std::ranges::find_if(
              response.members, [&](const auto& one) { return is_about(members[item], one); });
          ErrorCode code = response.error_code;
          if (code == ErrorCode::NONE && !response.members.empty()) {
            if (answer == response.members.end()) continue;
            code = answer->error_code;
          }
          outcome.settle(item, code, subject);
        }
      });
  TRY_ASSIGN(auto outcome, call.run(members.size(), deadline));
  std::vector<NamedResult> results;
  for (std::size_t i = 0; i < members.size(); ++i) {
    results.push_back({members[i].member_id, outcome.take_error(i)});
  }
  return results;
}

}  // namespace kreel::client
