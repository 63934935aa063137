#include <limits>

#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

using coordinator::CommittedOffset;

const CommittedOffset* stored(GroupFixture& fixture, const std::string& group_id,
                              const std::string& topic, PartitionId partition) {
  const auto* group = fixture.shard->durable_state(fixture.partition_of(group_id))->find(group_id);
  return group == nullptr ? nullptr : group->find_offset(topic, partition);
}

protocol::OffsetCommitRequest one_offset(const std::string& group_id, Offset offset) {
  protocol::OffsetCommitRequest request;
  request.group_id = group_id;
  request.topics = {{"orders", {}, {{0, offset, 4, "note"}}}};
  return request;
}

TEST_CASE_FIXTURE(GroupFixture, "commit: a consumer without a group stores offsets") {
  CHECK(commit(one_offset("simple", 42)) == ErrorCode::NONE);
  const CommittedOffset* offset = stored(*this, "simple", "orders", 0);
  REQUIRE(offset != nullptr);
  CHECK(offset->offset == 42);
  CHECK(offset->leader_epoch == 4);
  CHECK(offset->metadata == "note");
  CHECK(offset->commit_timestamp == clock.wall_ms());
  CHECK(offset->expire_timestamp == -1);
  CHECK(list() == std::map<std::string, std::string>{{"simple", "Empty"}});
  CHECK(commit(one_offset("simple", 43)) == ErrorCode::NONE);
  CHECK(committed("simple", "orders", 0) == 43);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: members commit in their generation, others do not") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& member = *members[0];
  CHECK(member.commit("orders", 1, 10) == ErrorCode::NONE);
  CHECK(commit("group", "orders", 1, 99) == ErrorCode::UNKNOWN_MEMBER_ID);
  member.generation = 0;
  CHECK(member.commit("orders", 1, 99) == ErrorCode::ILLEGAL_GENERATION);
  member.generation = -1;
  CHECK(member.commit("orders", 1, 99) == ErrorCode::ILLEGAL_GENERATION);
  member.generation = 1;
  const std::string id = member.id();
  member.request.member_id = "ghost";
  CHECK(member.commit("orders", 1, 99) == ErrorCode::UNKNOWN_MEMBER_ID);
  member.request.member_id = id;
  CHECK(committed("group", "orders", 1) == 10);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: a group that does not exist has no generation") {
  GroupClient member(*this, "nowhere");
  member.request.member_id = "ghost";
  member.generation = 3;
  CHECK(member.commit("orders", 0, 1, 8) == ErrorCode::ILLEGAL_GENERATION);
  CHECK(member.commit("orders", 0, 1, 9) == ErrorCode::GROUP_ID_NOT_FOUND);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: an empty group takes offsets without a generation only") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  members[0]->leave();
  CHECK(members[0]->commit("orders", 0, 1) == ErrorCode::UNKNOWN_MEMBER_ID);
  CHECK(commit("group", "orders", 0, 5) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "commit: in a rebalance until all have joined, not before SyncGroup") {
  const Clients members = make_clients(*this, 2);
  stabilize(*this, members);
  GroupClient& follower = follower_of(members);
  leader_of(members).join();
  CHECK(follower.commit("orders", 0, 7) == ErrorCode::NONE);
  follower.join();
  executor.run_ready();
  CHECK(state_of("group") == "CompletingRebalance");
  CHECK(follower.commit("orders", 0, 8) == ErrorCode::REBALANCE_IN_PROGRESS);
  CHECK(committed("group", "orders", 0) == 7);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: counts as a heartbeat") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  for (int i = 0; i < 4; ++i) {
    advance_ms(6'000);
    CHECK(members[0]->commit("orders", 0, i) == ErrorCode::NONE);
  }
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "commit: partitions succeed and fail one by one") {
  protocol::OffsetCommitRequest request;
  request.group_id = "simple";
  request.topics = {{"orders", {}, {{0, 1, -1, ""}, {10, 1, -1, ""}, {-1, 1, -1, ""}}},
                    {"nowhere", {}, {{0, 1, -1, ""}}},
                    {"payments", {}, {{2, 9, -1, std::nullopt}}}};
  request.topics[0].partitions.push_back({1, 1, -1, std::string(4'097, 'x')});
  request.topics[0].partitions.push_back({2, 1, -1, std::string(4'096, 'x')});
  std::vector<ErrorCode> errors;
  shard->commit(request, {"", "", 8}, [&](const auto& reply) {
    for (const auto& topic : reply.topics) {
      for (const auto& partition : topic.partitions) errors.push_back(partition.error_code);
    }
  });
  executor.run_ready();
  CHECK(errors == std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                                         ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                                         ErrorCode::OFFSET_METADATA_TOO_LARGE, ErrorCode::NONE,
                                         ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::NONE});
  CHECK(committed("simple", "payments", 2) == 9);
  CHECK(stored(*this, "simple", "payments", 2)->metadata.empty());
  CHECK(log.batches(partition_of("simple")).size() == 1);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: the metadata limit counts as Java does") {
  std::string text;
  for (int i = 0; i < 4'096; ++i) text += "\xC3\xA9";  // é: two bytes, one UTF-16 unit
  auto request = one_offset("simple", 1);
  request.topics[0].partitions[0].committed_metadata = text;
  CHECK(commit(request) == ErrorCode::NONE);
  request.topics[0].partitions[0].committed_metadata = text + "e";
  CHECK(commit(request) == ErrorCode::OFFSET_METADATA_TOO_LARGE);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: from v10 on topics are known by id") {
  auto request = one_offset("simple", 5);
  request.topics[0].name.clear();
  request.topics[0].topic_id = topics.find("orders")->id;
  CHECK(commit(request, 10) == ErrorCode::NONE);
  CHECK(committed("simple", "orders", 0) == 5);
  request.topics[0].topic_id.bytes[0] = std::byte{9};
  CHECK(commit(request, 10) == ErrorCode::UNKNOWN_TOPIC_ID);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: its own retention time makes an offset expire by itself") {
  auto request = one_offset("simple", 5);
  request.retention_time_ms = 60'000;
  CHECK(commit(request, 4) == ErrorCode::NONE);
  CHECK(stored(*this, "simple", "orders", 0)->expire_timestamp == clock.wall_ms() + 60'000);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: a retention time beyond all times is for ever") {
  constexpr auto kNever = std::numeric_limits<TimestampMs>::max();
  auto request = one_offset("simple", 5);
  request.retention_time_ms = kNever;
  CHECK(commit(request, 4) == ErrorCode::NONE);
  CHECK(stored(*this, "simple", "orders", 0)->expire_timestamp == kNever);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: is answered when it is on disk") {
  log.hold = true;
  bool answered = false;
  shard->commit(one_offset("simple", 1), {"", "", 8}, [&](const auto&) { answered = true; });
  executor.run_ready();
  CHECK_FALSE(answered);
  CHECK(log.batches(partition_of("simple")).size() == 1);
  log.release();
  executor.run_ready();
  CHECK(answered);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: while the disk is full it is answered as Kafka does") {
  log.hold = true;
  std::optional<protocol::OffsetCommitResponse> answer;
  shard->commit(one_offset("simple", 1), {"", "", 8}, [&](auto reply) { answer = reply; });
  clock.advance_ms(4'999);
  executor.run_ready();
  CHECK_FALSE(answer.has_value());
  clock.advance_ms(1);
  executor.run_ready();
  REQUIRE(answer.has_value());
  CHECK(answer->topics[0].partitions[0].error_code == ErrorCode::COORDINATOR_NOT_AVAILABLE);
  log.hold = false;
  log.release();
  executor.run_ready();
  CHECK(committed("simple", "orders", 0) == 1);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: the empty group id is a group, as ever") {
  CHECK(commit(one_offset("", 3)) == ErrorCode::NONE);
  CHECK(committed("", "orders", 0) == 3);
}

TEST_CASE_FIXTURE(GroupFixture, "commit: a request that names nothing known writes nothing") {
  auto request = one_offset("simple", 1);
  request.topics[0].name = "nowhere";
  CHECK(commit(request) == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  request.topics.clear();
  bool answered = false;
  shard->commit(request, {"", "", 8}, [&](const auto& reply) { answered = reply.topics.empty(); });
  CHECK(answered);
  CHECK(log.batch_count() == 0);
  CHECK(list().empty());
}

}  // namespace
}  // namespace kreel::test
