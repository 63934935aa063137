#include "coordinator/limits.hpp"
#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

constexpr std::int64_t kRetentionMs = std::int64_t{7} * 24 * 3'600'000;
constexpr std::int64_t kCheckMs = 600'000;

/// As time passes for offsets: the wall clock goes ahead, then the next check runs.
void age_by(GroupFixture& fixture, std::int64_t ms) {
  fixture.clock.jump_wall_ms(ms);
  fixture.advance_ms(kCheckMs + 1'000);
}

std::vector<ErrorCode> delete_offsets(GroupFixture& fixture, const std::string& group_id,
                                      const std::string& topic,
                                      const std::vector<PartitionId>& partitions) {
  protocol::OffsetDeleteRequest request;
  request.group_id = group_id;
  auto& named = request.topics.emplace_back();
  named.name = topic;
  for (const PartitionId partition : partitions) named.partitions.push_back({partition});
  std::vector<ErrorCode> errors;
  fixture.shard->delete_offsets(request, [&](const auto& reply) {
    errors.push_back(reply.error_code);
    for (const auto& told : reply.topics) {
      for (const auto& partition : told.partitions) errors.push_back(partition.error_code);
    }
  });
  fixture.executor.run_ready();
  return errors;
}

TEST_CASE_FIXTURE(GroupFixture, "delete: offsets of an empty group go; none there is no error") {
  commit("simple", "orders", 0, 5);
  commit("simple", "orders", 1, 6);
  CHECK(delete_offsets(*this, "simple", "orders", {0, 7, 10, -1}) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::NONE, ErrorCode::NONE,
                               ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                               ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
  CHECK(committed("simple", "orders", 0) == -1);
  CHECK(committed("simple", "orders", 1) == 6);
  CHECK(delete_offsets(*this, "simple", "nowhere", {0}) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
  CHECK(delete_offsets(*this, "other", "orders", {0}) ==
        std::vector<ErrorCode>{ErrorCode::GROUP_ID_NOT_FOUND});
  CHECK(delete_offsets(*this, "", "orders", {0}) ==
        std::vector<ErrorCode>{ErrorCode::INVALID_GROUP_ID});
}

TEST_CASE_FIXTURE(GroupFixture, "delete: a topic that a member subscribes to keeps its offsets") {
  const Clients members = make_clients(*this, 2);
  members[0]->request.protocols = {{"range", subscription({"orders"})}};
  members[1]->request.protocols = {{"range", subscription({"orders"})}};
  stabilize(*this, members);
  members[0]->commit("orders", 0, 5);
  members[0]->commit("payments", 0, 6);
  CHECK(delete_offsets(*this, "group", "orders", {0}) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC});
  CHECK(delete_offsets(*this, "group", "payments", {0}) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::NONE});
  CHECK(committed("group", "orders", 0) == 5);
  CHECK(committed("group", "payments", 0) == -1);
}

TEST_CASE_FIXTURE(GroupFixture, "delete: unreadable subscriptions may name any topic") {
  const Clients members = make_clients(*this, 1);
  members[0]->request.protocols = {{"range", to_bytes("?")}};
  stabilize(*this, members);
  members[0]->commit("orders", 0, 5);
  CHECK(delete_offsets(*this, "group", "orders", {0}) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC});
}

TEST_CASE_FIXTURE(GroupFixture, "delete: a group of another type has to be empty") {
  const Clients members = make_clients(*this, 1);
  members[0]->request.protocol_type = "connect";
  stabilize(*this, members);
  CHECK(delete_offsets(*this, "group", "orders", {0}) ==
        std::vector<ErrorCode>{ErrorCode::NON_EMPTY_GROUP});
}

TEST_CASE_FIXTURE(GroupFixture, "topics: the offsets of a deleted topic go in every group") {
  for (const auto* group : {"a", "b", "c"}) {
    commit(group, "orders", 0, 1);
    commit(group, "payments", 0, 2);
  }
  bool done = false;
  shard->topics_deleted({"orders"}, [&] { done = true; });
  executor.run_ready();
  CHECK(done);
  for (const auto* group : {"a", "b", "c"}) {
    CHECK(committed(group, "orders", 0) == -1);
    CHECK(committed(group, "payments", 0) == 2);
  }
}

TEST_CASE_FIXTURE(GroupFixture,
                  "delete: a group stays listed without offsets until the next look") {
  commit("asked", "orders", 0, 1);
  commit("of a topic", "payments", 0, 2);
  CHECK(delete_offsets(*this, "asked", "orders", {0}) ==
        std::vector<ErrorCode>{ErrorCode::NONE, ErrorCode::NONE});
  shard->topics_deleted({"payments"}, [] {});
  executor.run_ready();
  CHECK(list().size() == 2);
  age_by(*this, kRetentionMs / 2);
  CHECK(list().empty());
}

TEST_CASE_FIXTURE(GroupFixture, "topics: a deletion during the load is made up for") {
  commit("a", "orders", 0, 1);
  shard = make_shard();
  shard->load(partition_of("a"), log.source(partition_of("a")), [] {});
  shard->topics_deleted({"orders"}, [] {});
  executor.run_ready();
  CHECK(committed("a", "orders", 0) == -1);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "expiry: consumers without a group lose each offset by its own age") {
  commit("simple", "orders", 0, 1);
  age_by(*this, kRetentionMs / 2);
  commit("simple", "orders", 1, 2);
  age_by(*this, kRetentionMs / 2);
  CHECK(committed("simple", "orders", 0) == -1);
  CHECK(committed("simple", "orders", 1) == 2);
  age_by(*this, kRetentionMs / 2);
  CHECK(list().empty());
}

TEST_CASE_FIXTURE(GroupFixture, "expiry: a group's offsets live until it was empty for so long") {
  const Clients members = make_clients(*this, 1);
  members[0]->request.session_timeout_ms = 1'800'000;
  stabilize(*this, members);
  members[0]->commit("orders", 0, 1);
  age_by(*this, 2 * kRetentionMs);
  CHECK(committed("group", "orders", 0) == 1);
  CHECK(members[0]->leave() == ErrorCode::NONE);
  age_by(*this, kRetentionMs - 2 * kCheckMs);
  CHECK(committed("group", "orders", 0) == 1);
  CHECK(state_of("group") == "Empty");
  age_by(*this, 2 * kCheckMs);
  CHECK(committed("group", "orders", 0) == -1);
  CHECK(state_of("group") == "Dead");
}

TEST_CASE_FIXTURE(GroupFixture, "expiry: a group that lives loses topics it no longer reads") {
  const Clients members = make_clients(*this, 1);
  members[0]->request.session_timeout_ms = 1'800'000;
  stabilize(*this, members);
  members[0]->commit("orders", 0, 1);
  members[0]->commit("payments", 0, 2);
  age_by(*this, kRetentionMs);
  CHECK(committed("group", "orders", 0) == 1);
  CHECK(committed("group", "payments", 0) == -1);
  CHECK(state_of("group") == "Stable");
}

TEST_CASE_FIXTURE(GroupFixture, "expiry: a retention time of the commit's own comes first") {
  protocol::OffsetCommitRequest request;
  request.group_id = "simple";
  request.retention_time_ms = 60'000;
  request.topics = {{"orders", {}, {{0, 1, -1, ""}}}};
  commit(request, 4);
  commit("simple", "orders", 1, 2);
  age_by(*this, 1'000);
  CHECK(committed("simple", "orders", 0) == -1);
  CHECK(committed("simple", "orders", 1) == 2);
}

TEST_CASE_FIXTURE(GroupFixture,
                  "expiry: a group that never stored anything goes at the next check") {
  const Clients members = make_clients(*this, 1);
  stabilize(*this, members);
  members[0]->leave();
  CHECK(state_of("group") == "Empty");
  age_by(*this, 0);
  CHECK(state_of("group") == "Dead");
  CHECK(list().empty());
}

TEST_CASE_FIXTURE(GroupFixture, "expiry: many tombstones are split into batches") {
  topics.add("wide", 12'000);
  protocol::OffsetCommitRequest request;
  request.group_id = "simple";
  auto& topic = request.topics.emplace_back();
  topic.name = "wide";
  for (PartitionId p = 0; p < 12'000; ++p) topic.partitions.push_back({p, 1, -1, ""});
  commit(request);
  const std::size_t before = log.batch_count();
  shard->topics_deleted({"wide"}, [] {});
  executor.run_ready();
  CHECK(log.batch_count() - before == 12'000 / coordinator::kTombstonesPerBatchMax + 1);
  age_by(*this, kRetentionMs / 2);
  CHECK(list().empty());
}

}  // namespace
}  // namespace kreel::test
