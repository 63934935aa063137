#include <doctest/doctest.h>

#include "support/faulty_file_system.hpp"
#include "unit/broker/records_of_broker.hpp"

using namespace kreel;
using protocol::DeleteRecords;
using protocol::ErrorCode;

namespace {

struct Asked {
  PartitionId partition = 0;
  Offset before = 0;
};
using Told = std::pair<ErrorCode, Offset>;

std::vector<Told> trim(test::RecordsOfBroker& fixture, const std::string& topic,
                       const std::vector<Asked>& asked, protocol::Version version = 2) {
  protocol::DeleteRecordsRequest request;
  request.timeout_ms = 1'000;
  auto& named = request.topics.emplace_back();
  named.name = topic;
  for (const auto& each : asked) named.partitions.push_back({each.partition, each.before});
  std::vector<Told> told;
  const auto reply = fixture.call<DeleteRecords>(request, version);
  for (const auto& each : reply.topics) {
    for (const auto& partition : each.partitions) {
      told.emplace_back(partition.error_code, partition.low_watermark);
    }
  }
  return told;
}

}  // namespace

TEST_CASE("delete records: up to an offset, and -1 is up to the high watermark") {
  for (protocol::Version version = 0; version <= 2; ++version) {
    test::RecordsOfBroker f;
    f.create_topic("orders", 2);
    f.produce("orders", 0, 5);
    f.produce("orders", 1, 3);
    CHECK(trim(f, "orders", {{0, 2}, {1, -1}}, version) ==
          std::vector<Told>{{ErrorCode::NONE, 2}, {ErrorCode::NONE, 3}});
    CHECK(f.offsets("orders", 0).log_start == 2);
    CHECK(f.offsets("orders", 1).log_start == 3);
  }
}

TEST_CASE("delete records: what was deleted before stays the start, and is no error") {
  test::RecordsOfBroker f;
  f.create_topic("orders");
  f.produce("orders", 0, 5);
  CHECK(trim(f, "orders", {{0, 4}}) == std::vector<Told>{{ErrorCode::NONE, 4}});
  CHECK(trim(f, "orders", {{0, 1}, {0, 4}, {0, 0}}) ==
        std::vector<Told>{{ErrorCode::NONE, 4}, {ErrorCode::NONE, 4}, {ErrorCode::NONE, 4}});
  f.kill_and_restart();
  CHECK(f.offsets("orders", 0).log_start == 4);
}

TEST_CASE("delete records: each partition fails by itself") {
  test::RecordsOfBroker f;
  f.create_topic("orders", 2);
  f.produce("orders", 0, 5);
  f.produce("orders", 1, 5);
  CHECK(trim(f, "orders", {{0, 6}, {1, 5}, {2, 0}, {0, -2}}) ==
        std::vector<Told>{{ErrorCode::OFFSET_OUT_OF_RANGE, -1},
                          {ErrorCode::NONE, 5},
                          {ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1},
                          {ErrorCode::OFFSET_OUT_OF_RANGE, -1}});
  CHECK(f.offsets("orders", 0).log_start == 0);
  CHECK(trim(f, "nowhere", {{0, 0}}) ==
        std::vector<Told>{{ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1}});
}

TEST_CASE("delete records: not from internal topics, and not from what is compacted alone") {
  test::RecordsOfBroker f;
  f.create_topic("compacted", 1, {{"cleanup.policy", "compact"}});
  f.create_topic("both", 1, {{"cleanup.policy", "compact,delete"}});
  f.create_topic("neither", 1, {{"cleanup.policy", ""}});
  const auto created = f.catalog().create_topics(
      {{.name = "__consumer_offsets", .partition_count = 1, .configs = {}, .is_internal = true}});
  REQUIRE(created.front().result.ok());
  CHECK(trim(f, "compacted", {{0, 0}}) == std::vector<Told>{{ErrorCode::POLICY_VIOLATION, -1}});
  CHECK(trim(f, "both", {{0, 0}}) == std::vector<Told>{{ErrorCode::NONE, 0}});
  CHECK(trim(f, "neither", {{0, 0}}) == std::vector<Told>{{ErrorCode::NONE, 0}});
  CHECK(trim(f, "__consumer_offsets", {{0, 0}}) ==
        std::vector<Told>{{ErrorCode::INVALID_TOPIC_EXCEPTION, -1}});
}

TEST_CASE("delete records, delete topics: one sync for any number of partitions") {
  constexpr PartitionId kPartitions = 40;
  test::FaultyFileSystem disk;
  test::RecordsOfBroker f(&disk);
  f.create_topic("wide", kPartitions);
  std::vector<Asked> all;
  for (PartitionId p = 0; p < kPartitions; ++p) {
    f.produce("wide", p, 1);
    all.push_back({p, -1});
  }
  const auto syncs = [&disk] {
    return disk.op_count(test::OpKind::kSync) + disk.op_count(test::OpKind::kSyncDirectory);
  };
  auto before = syncs();
  for (const auto& told : trim(f, "wide", all)) CHECK(told == Told{ErrorCode::NONE, 1});
  CHECK(syncs() - before <= 3);  // the journal, and the marks of what was produced before

  before = syncs();
  protocol::DeleteTopicsRequest request;
  request.topic_names = {"wide"};
  CHECK(f.call<protocol::DeleteTopics>(request, 5).responses.at(0).error_code == ErrorCode::NONE);
  CHECK(syncs() - before <= 4);  // the journal, the directory
}
