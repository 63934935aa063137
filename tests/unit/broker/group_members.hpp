#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "broker/group_service.hpp"
#include "protocol/messages/consumer_protocol.hpp"
#include "unit/broker/records_of_broker.hpp"

namespace kreel::test {

inline constexpr std::string_view kGroup = "readers";

struct GroupMember {
  std::string id;
  std::optional<std::string> instance_id;
};

/// A broker with the topics "orders" of three partitions and "payments" of one, and group members
/// that are brought to a stable generation: what a handler answers about them is the test's.
struct GroupsOfBroker : RecordsOfBroker {
  explicit GroupsOfBroker(fs::FileSystem* disk = nullptr)
      : RecordsOfBroker(disk, {{"offsets.topic.num.partitions", "5"}}) {
    create_topic("__consumer_offsets", 5);
    create_topic("orders", 3);
    create_topic("payments", 1);
    broker().groups().load();
    work();
  }

  /// One member for each instance id; nullopt is a dynamic one. All read "orders".
  void join(const std::vector<std::optional<std::string>>& instances,
            const std::string& protocol_type = "consumer") {
    std::vector<std::optional<protocol::JoinGroupResponse>> joined(instances.size());
    for (std::size_t i = 0; i < instances.size(); ++i) {
      protocol::JoinGroupRequest request;
      request.group_id = kGroup;
      request.session_timeout_ms = 600'000;
      request.rebalance_timeout_ms = 600'000;
      request.group_instance_id = instances[i];
      request.protocol_type = protocol_type;
      request.protocols = {{"range", subscription()}};
      broker().groups().router().join(io().executor(), request, {"test", "/127.0.0.1", 3},
                                      [&joined, i](auto reply) { joined[i] = std::move(reply); });
    }
    wait_until([&] {
      return std::ranges::all_of(joined, [](const auto& reply) { return reply.has_value(); });
    });
    members.clear();
    for (std::size_t i = 0; i < instances.size(); ++i) {
      REQUIRE(joined[i]->error_code == protocol::ErrorCode::NONE);
      members.push_back({joined[i]->member_id, instances[i]});
      generation = joined[i]->generation_id;
      leader = joined[i]->leader;
    }
    share_out();
  }

  /// A newcomer asks to join: the group prepares its next generation.
  void begin_rebalance() {
    protocol::JoinGroupRequest request;
    request.group_id = kGroup;
    request.session_timeout_ms = 600'000;
    request.rebalance_timeout_ms = 600'000;
    request.protocol_type = "consumer";
    request.protocols = {{"range", subscription()}};
    broker().groups().router().join(io().executor(), request, {"test", "/127.0.0.1", 3},
                                    [](const auto&) {});
    work();
  }

  void commit(const std::string& topic, PartitionId partition, Offset offset,
              std::string_view group = kGroup) {
    protocol::OffsetCommitRequest request;
    request.group_id = group;
    const bool is_member = group == kGroup && !members.empty();
    request.generation_id_or_member_epoch = is_member ? generation : -1;
    if (is_member) {
      request.member_id = members.front().id;
      request.group_instance_id = members.front().instance_id;
    }
    request.topics = {{topic, {}, {{partition, offset, -1, ""}}}};
    const auto reply = call<protocol::OffsetCommit>(request, 9);
    REQUIRE(reply.topics.at(0).partitions.at(0).error_code == protocol::ErrorCode::NONE);
  }
  Offset committed(const std::string& topic, PartitionId partition,
                   std::string_view group = kGroup) {
    protocol::OffsetFetchRequest request;
    request.group_id = group;
    request.topics->push_back({topic, {partition}});
    return call<protocol::OffsetFetch>(request, 7)
        .topics.at(0)
        .partitions.at(0)
        .committed_offset;
  }

  std::vector<GroupMember> members;
  std::string leader;
  std::int32_t generation = -1;

 private:
  static Bytes subscription() {
    protocol::ConsumerProtocolSubscription message;
    message.topics = {"orders"};
    protocol::WireWriter out;
    out.write_int<std::int16_t>(1);
    protocol::encode(message, 1, out);
    return out.take().bytes;
  }
  /// Each member's assignment is its own id.
  void share_out() {
    std::size_t synced = 0;
    for (const auto& member : members) {
      protocol::SyncGroupRequest request;
      request.group_id = kGroup;
      request.generation_id = generation;
      request.member_id = member.id;
      request.group_instance_id = member.instance_id;
      if (member.id == leader) {
        for (const auto& each : members) {
          const auto id = as_bytes(each.id);
          request.assignments.push_back({each.id, Bytes(id.begin(), id.end())});
        }
      }
      broker().groups().router().sync(io().executor(), request, {"test", "/127.0.0.1", 4},
                                      [&synced](const auto& reply) {
                                        CHECK(reply.error_code == protocol::ErrorCode::NONE);
                                        ++synced;
                                      });
    }
    wait_until([&] { return synced == members.size(); });
  }
  template <class Condition>
  void wait_until(Condition condition) {
    for (int round = 0; round < 1'000 && !condition(); ++round) {
      work();
      clock().advance_ms(10);
    }
    REQUIRE(condition());
  }
};

}  // namespace kreel::test
