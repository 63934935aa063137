#include <doctest/doctest.h>

#include "client/consumer_group_describe.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "unit/client/fake_cluster.hpp"

using namespace kreel;
using kreel::test::FakeBroker;
using protocol::ErrorCode;

namespace {

void serve_groups(FakeBroker& broker) {
  test::serve_metadata(broker, {&broker}, {});
  broker.on<protocol::FindCoordinator>(
      [&broker](const protocol::FindCoordinatorRequest& request, protocol::Version) {
        protocol::FindCoordinatorResponse response;
        for (const std::string& key : request.coordinator_keys) {
          response.coordinators.push_back(
              {key, 1, "127.0.0.1", broker.port(), ErrorCode::NONE, std::nullopt});
        }
        return response;
      });
}

/// What a consumer embeds: its version, then the message.
template <class Message>
Bytes embedded(const Message& message) {
  protocol::WireWriter out;
  out.write_int<std::int16_t>(1);
  protocol::encode(message, 1, out);
  return out.take().bytes;
}

void serve_describe(FakeBroker& broker) {
  broker.on<protocol::DescribeGroups>(
      [](const protocol::DescribeGroupsRequest& request, protocol::Version) {
        protocol::DescribeGroupsResponse response;
        for (const std::string& name : request.groups) {
          auto& group = response.groups.emplace_back();
          group.group_id = name;
          if (name != "classic") {
            group.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
            continue;
          }
          group.group_state = "Stable";
          group.protocol_type = "consumer";
          group.protocol_data = "range";
          auto& member = group.members.emplace_back();
          member.member_id = "m-1";
          member.client_id = "app";
          member.client_host = "/10.0.0.7";
          member.member_metadata =
              embedded(protocol::ConsumerProtocolSubscription{{"b", "a"}, {}, {}, -1, {}});
          member.member_assignment =
              embedded(protocol::ConsumerProtocolAssignment{{{"b", {1}}, {"a", {2, 0}}}, {}});
          auto& broken = group.members.emplace_back();
          broken.member_id = "m-2";
          broken.member_assignment = Bytes(3, std::byte{0x7f});
        }
        return response;
      });
}

void serve_consumer_groups(FakeBroker& broker) {
  broker.on<client::ConsumerGroupDescribe>(
      [](const client::ConsumerGroupDescribeRequest& request, protocol::Version) {
        client::ConsumerGroupDescribeResponse response;
        for (const std::string& name : request.group_ids) {
          auto& group = response.groups.emplace_back();
          group.group_id = name;
          if (name == "nobody") {
            group.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
            continue;
          }
          group.group_state = "Reconciling";
          group.assignor_name = "uniform";
          group.group_epoch = 7;
          group.assignment_epoch = 6;
          auto& member = group.members.emplace_back();
          member.member_id = "m-9";
          member.assignment.topic_partitions.push_back({{}, "orders", {4}});
          member.target_assignment.topic_partitions.push_back({{}, "orders", {5, 4}});
          member.member_epoch = 5;
          member.member_type = 0;
        }
        return response;
      });
}

std::vector<GroupDescription> describe(const FakeBroker& broker) {
  auto admin = AdminClient::connect(test::config_for(broker.address()));
  REQUIRE(admin);
  const std::vector<std::string> names{"classic", "newer", "nobody"};
  const auto described = (*admin)->describe_groups(names);
  REQUIRE(described);
  return *described;
}

}  // namespace

TEST_CASE("admin groups: members tell what they hold, and a malformed one holds nothing") {
  FakeBroker broker;
  serve_groups(broker);
  serve_describe(broker);
  broker.start();
  const GroupDescription group = describe(broker).front();
  CHECK(group.state == "Stable");
  CHECK(group.protocol == "range");
  REQUIRE(group.coordinator);
  CHECK(group.coordinator->id == 1);
  REQUIRE(group.members.size() == 2);
  CHECK(group.members[0].assignment == std::vector<TopicPartition>{{"a", 0}, {"a", 2}, {"b", 1}});
  CHECK(group.members[0].subscription == std::vector<std::string>{"a", "b"});
  CHECK(group.members[1].assignment.empty());
}

TEST_CASE("admin groups: groups of the newer protocol are described too (KIP-848)") {
  FakeBroker broker;
  serve_groups(broker);
  serve_describe(broker);
  serve_consumer_groups(broker);
  broker.start();
  const auto groups = describe(broker);
  CHECK(groups[1].state == "Reconciling");
  CHECK(groups[1].type == "consumer");
  REQUIRE(groups[1].members.size() == 1);
  CHECK(groups[1].members[0].assignment == std::vector<TopicPartition>{{"orders", 4}});
  CHECK(groups[1].members[0].target == std::vector<TopicPartition>{{"orders", 4}, {"orders", 5}});
  CHECK(groups[1].members[0].epoch == 5);
  CHECK(groups[1].members[0].upgraded == false);
  CHECK(groups[1].epoch == 7);
  CHECK(groups[1].target_epoch == 6);
  CHECK_FALSE(groups[0].epoch);
  CHECK(groups[2].state == "Dead");
  CHECK_FALSE(groups[2].error);
}

TEST_CASE("admin groups: without the newer protocol, an unknown group is dead and no error") {
  FakeBroker broker;
  serve_groups(broker);
  serve_describe(broker);
  broker.start();
  const auto groups = describe(broker);
  CHECK(groups[1].state == "Dead");
  CHECK_FALSE(groups[1].error);
}

TEST_CASE("admin groups: members are made to leave, static ones by their name") {
  FakeBroker broker;
  serve_groups(broker);
  std::vector<protocol::LeaveGroupRequest> asked;
  broker.on<protocol::LeaveGroup>(
      [&asked](const protocol::LeaveGroupRequest& request, protocol::Version) {
        asked.push_back(request);
        protocol::LeaveGroupResponse response;
        response.members.push_back({"m-1", std::nullopt, ErrorCode::UNKNOWN_MEMBER_ID});
        response.members.push_back({"", "static", ErrorCode::NONE});
        return response;
      });
  broker.start();
  std::vector<GroupMember> members(2);
  members[0].member_id = "m-1";
  members[1].member_id = "m-2";
  members[1].group_instance_id = "static";
  const auto removed = test::connect_to(broker)->remove_members("g", members);
  REQUIRE(removed);
  REQUIRE(removed->size() == 2);
  CHECK((*removed)[0].name == "m-1");
  REQUIRE((*removed)[0].error);
  CHECK((*removed)[0].error->code == 25);
  CHECK_FALSE((*removed)[1].error);
  broker.leave();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].group_id == "g");
  REQUIRE(asked[0].members.size() == 2);
  CHECK(asked[0].members[0].member_id == "m-1");
  CHECK(asked[0].members[1].member_id.empty());
  CHECK(asked[0].members[1].group_instance_id == "static");
}

TEST_CASE("admin groups: an old broker is asked to let go one member after the other") {
  FakeBroker broker;
  serve_groups(broker);
  std::vector<std::string> asked;
  broker.on<protocol::LeaveGroup>(
      [&asked](const protocol::LeaveGroupRequest& request, protocol::Version) {
        asked.push_back(request.member_id);
        return protocol::LeaveGroupResponse();
      },
      2);
  broker.start();
  std::vector<GroupMember> members(2);
  members[0].member_id = "m-1";
  members[1].member_id = "m-2";
  const auto removed = test::connect_to(broker)->remove_members("g", members);
  REQUIRE(removed);
  CHECK_FALSE((*removed)[0].error);
  CHECK_FALSE((*removed)[1].error);
  broker.leave();
  CHECK(asked == std::vector<std::string>{"m-1", "m-2"});
}
