#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;
using protocol::OffsetDelete;

namespace {

protocol::OffsetDeleteRequest deletion(const std::string& topic,
                                       const std::vector<PartitionId>& partitions) {
  protocol::OffsetDeleteRequest request;
  request.group_id = test::kGroup;
  auto& named = request.topics.emplace_back();
  named.name = topic;
  for (const auto partition : partitions) named.partitions.push_back({partition});
  return request;
}

std::vector<ErrorCode> verdicts(const protocol::OffsetDeleteResponse& reply) {
  CHECK(reply.error_code == ErrorCode::NONE);
  std::vector<ErrorCode> errors;
  for (const auto& topic : reply.topics) {
    for (const auto& partition : topic.partitions) errors.push_back(partition.error_code);
  }
  return errors;
}

}  // namespace

TEST_CASE("offset delete: what members read is kept, and the rest goes, partition by partition") {
  test::GroupsOfBroker f;
  f.join({std::nullopt});
  f.commit("orders", 1, 11);
  f.commit("payments", 0, 12);
  auto request = deletion("orders", {1, 3});
  request.topics.push_back(deletion("payments", {0, 1}).topics.front());
  request.topics.push_back(deletion("nowhere", {0}).topics.front());
  CHECK(verdicts(f.call<OffsetDelete>(request)) ==
        std::vector<ErrorCode>{ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC,
                               ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::NONE,
                               ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                               ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
  CHECK(f.committed("orders", 1) == 11);
  CHECK(f.committed("payments", 0) == -1);
}

TEST_CASE("offset delete: an empty group loses what it is asked to, for good") {
  test::GroupsOfBroker f;
  f.commit("orders", 0, 1);
  f.commit("orders", 1, 2);
  CHECK(verdicts(f.call<OffsetDelete>(deletion("orders", {0, 2}))) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::NONE});
  f.kill_and_restart();
  f.broker().groups().load();
  f.work();
  CHECK(f.committed("orders", 0) == -1);
  CHECK(f.committed("orders", 1) == 2);
}

TEST_CASE("offset delete: members of another kind than consumers keep every offset") {
  test::GroupsOfBroker f;
  f.join({std::nullopt}, "connect");
  const auto reply = f.call<OffsetDelete>(deletion("payments", {0}));
  CHECK(reply.error_code == ErrorCode::NON_EMPTY_GROUP);
  CHECK(reply.topics.empty());
}

TEST_CASE("offset delete: a group that is not there") {
  test::GroupsOfBroker f;
  auto request = deletion("orders", {0});
  CHECK(f.call<OffsetDelete>(request).error_code == ErrorCode::GROUP_ID_NOT_FOUND);
  request.group_id = "";
  CHECK(f.call<OffsetDelete>(request).error_code == ErrorCode::INVALID_GROUP_ID);
}
