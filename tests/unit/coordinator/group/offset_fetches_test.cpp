#include "coordinator/offset_fetch_forms.hpp"
#include "unit/coordinator/group_client.hpp"

namespace kreel::test {
namespace {

using FetchGroup = protocol::OffsetFetchRequest::OffsetFetchRequestGroup;
using FetchedGroup = protocol::OffsetFetchResponse::OffsetFetchResponseGroup;

FetchedGroup fetch(GroupFixture& fixture, FetchGroup request, protocol::Version version = 9,
                   bool require_stable = false) {
  std::optional<FetchedGroup> fetched;
  fixture.shard->fetch(std::move(request), require_stable, {"", "", version},
                       [&](FetchedGroup reply) { fetched = std::move(reply); });
  fixture.executor.run_ready();
  REQUIRE(fetched.has_value());
  return *fetched;
}

FetchGroup all_of(const std::string& group_id) {
  FetchGroup request;
  request.group_id = group_id;
  request.topics = std::nullopt;
  return request;
}

TEST_CASE_FIXTURE(GroupFixture, "fetch: tells offset, leader epoch and metadata") {
  protocol::OffsetCommitRequest commit_request;
  commit_request.group_id = "simple";
  commit_request.topics = {{"orders", {}, {{3, 77, 12, "note"}}}};
  CHECK(commit(commit_request) == ErrorCode::NONE);
  FetchGroup request;
  request.group_id = "simple";
  request.topics = {{"orders", {}, {3, 4}}, {"nowhere", {}, {0}}};
  const FetchedGroup group = fetch(*this, request);
  CHECK(group.error_code == ErrorCode::NONE);
  REQUIRE(group.topics.size() == 2);
  REQUIRE(group.topics[0].partitions.size() == 2);
  const auto& known = group.topics[0].partitions[0];
  CHECK(known.committed_offset == 77);
  CHECK(known.committed_leader_epoch == 12);
  CHECK(known.metadata == "note");
  const auto& unknown = group.topics[0].partitions[1];
  CHECK(unknown.committed_offset == -1);
  CHECK(unknown.committed_leader_epoch == -1);
  CHECK(unknown.metadata == "");
  CHECK(unknown.error_code == ErrorCode::NONE);
  CHECK(group.topics[1].partitions[0].committed_offset == -1);
}

TEST_CASE_FIXTURE(GroupFixture, "fetch: null topics are all, each partition once") {
  for (PartitionId p = 0; p < 3; ++p) {
    commit("simple", "orders", p, 10 + p);
    commit("simple", "orders", p, 20 + p);
    commit("simple", "payments", p, 30 + p);
  }
  const FetchedGroup group = fetch(*this, all_of("simple"));
  REQUIRE(group.topics.size() == 2);
  for (const auto& topic : group.topics) CHECK(topic.partitions.size() == 3);
  CHECK(group.topics[0].partitions[2].committed_offset == 22);
  CHECK(fetch(*this, all_of("nowhere")).topics.empty());
}

TEST_CASE_FIXTURE(GroupFixture, "fetch: from v10 on topics are known by id") {
  commit("simple", "orders", 0, 5);
  commit("simple", "payments", 0, 6);
  FetchGroup request;
  request.group_id = "simple";
  Uuid unknown;
  unknown.bytes[0] = std::byte{1};
  request.topics = {{"", topics.find("orders")->id, {0}}, {"", unknown, {0, 1}}};
  const FetchedGroup group = fetch(*this, request, 10);
  CHECK(group.topics[0].topic_id == topics.find("orders")->id);
  CHECK(group.topics[0].partitions[0].committed_offset == 5);
  REQUIRE(group.topics[1].partitions.size() == 2);
  CHECK(group.topics[1].partitions[1].error_code == ErrorCode::UNKNOWN_TOPIC_ID);
  CHECK(group.topics[1].partitions[1].committed_offset == -1);
  topics.remove("payments");
  const FetchedGroup all = fetch(*this, all_of("simple"), 10);
  REQUIRE(all.topics.size() == 1);
  CHECK(all.topics[0].topic_id == topics.find("orders")->id);
  topics.add("payments", 3);
}

/// A fetch behind a commit that is not on the disk yet.
struct UnsyncedCommit : GroupFixture {
  UnsyncedCommit() {
    log.hold = true;
    protocol::OffsetCommitRequest request;
    request.group_id = "simple";
    request.topics = {{"orders", {}, {{0, 8, -1, ""}}}};
    shard->commit(request, {"", "", 8}, [](const auto&) {});
    shard->fetch(all_of("simple"), false, {"", "", 9},
                 [this](FetchedGroup reply) { fetched = std::move(reply); });
  }
  std::optional<FetchedGroup> fetched;
};

TEST_CASE_FIXTURE(UnsyncedCommit, "fetch: what is not on disk yet is not told yet") {
  executor.run_ready();
  CHECK_FALSE(fetched.has_value());
  log.hold = false;
  log.release();
  executor.run_ready();
  REQUIRE(fetched.has_value());
  CHECK(fetched->topics[0].partitions[0].committed_offset == 8);
}

TEST_CASE_FIXTURE(UnsyncedCommit,
                  "fetch: what does not come to the disk is not told, but answered") {
  clock.advance_ms(5'000);
  executor.run_ready();
  REQUIRE(fetched.has_value());
  CHECK(fetched->error_code == ErrorCode::NOT_COORDINATOR);
  CHECK(fetched->topics.empty());
}

TEST_CASE_FIXTURE(GroupFixture, "fetch: require_stable refuses what an open transaction may move") {
  commit("simple", "orders", 0, 1);
  protocol::BatchBuilder builder({.producer_id = 7, .producer_epoch = 0, .transactional = true});
  coordinator::CommittedOffset pending;
  pending.offset = 50;
  const auto record = coordinator::offset_record({"simple", "orders", 0}, pending);
  builder.append({1, ByteView(record.key), ByteView(*record.value), {}});
  log.add_batch(partition_of("simple"), builder.build());
  start();
  FetchGroup request;
  request.group_id = "simple";
  request.topics = {{"orders", {}, {0, 1}}};
  const FetchedGroup stable = fetch(*this, request, 9, true);
  CHECK(stable.topics[0].partitions[0].error_code == ErrorCode::UNSTABLE_OFFSET_COMMIT);
  CHECK(stable.topics[0].partitions[0].committed_offset == -1);
  CHECK(stable.topics[0].partitions[1].error_code == ErrorCode::NONE);
  const FetchedGroup plain = fetch(*this, request, 9, false);
  CHECK(plain.topics[0].partitions[0].committed_offset == 1);
}

TEST_CASE("fetch: v1 to v7 are one group of the form of v8") {
  protocol::OffsetFetchRequest old;
  old.group_id = "group";
  old.topics = {{"orders", {0, 1}}};
  const auto groups = coordinator::groups_of(old, 7);
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].group_id == "group");
  REQUIRE(groups[0].topics.has_value());
  CHECK(groups[0].topics->at(0).partition_indexes == std::vector<std::int32_t>{0, 1});
  old.topics = std::nullopt;
  CHECK_FALSE(coordinator::groups_of(old, 7)[0].topics.has_value());
  protocol::OffsetFetchRequest many;
  for (const char* id : {"a", "b", "c"}) many.groups.emplace_back().group_id = id;
  CHECK(coordinator::groups_of(many, 8).size() == 3);
}

TEST_CASE("fetch: the error of a group is told where the version has room for it") {
  protocol::OffsetFetchRequest request;
  request.topics = {{"orders", {0, 1}}};
  FetchedGroup failed;
  failed.error_code = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
  const auto v1 = coordinator::offset_fetch_response({failed}, request, 1);
  CHECK(v1.error_code == ErrorCode::NONE);
  REQUIRE(v1.topics.at(0).partitions.size() == 2);
  CHECK(v1.topics[0].partitions[1].error_code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  const auto v2 = coordinator::offset_fetch_response({failed}, request, 2);
  CHECK(v2.error_code == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(v2.topics.empty());
  const auto v8 = coordinator::offset_fetch_response({failed, {}}, request, 8);
  CHECK(v8.groups.size() == 2);
  FetchedGroup fine;
  fine.topics = {{"orders", {}, {{0, 5, 1, "m", ErrorCode::NONE}}}};
  const auto v5 = coordinator::offset_fetch_response({fine}, request, 5);
  CHECK(v5.topics.at(0).partitions.at(0).committed_offset == 5);
  CHECK(v5.topics[0].partitions[0].committed_leader_epoch == 1);
}

}  // namespace
}  // namespace kreel::test
