#include "support/full_disk.hpp"
#include "unit/broker/group_members.hpp"

using namespace kreel;
using protocol::ErrorCode;

namespace {

struct BrokerOnFullDisk {
  BrokerOnFullDisk() {
    broker.produce("orders", 0, 3);
    broker.produce("payments", 0, 3);
    broker.commit("orders", 0, 1);
    broker.clock().advance_ms(storage::kDiskSpaceCheckMs);
    broker.work();
    REQUIRE(reserve_parts() == storage::kReserveParts);
  }
  void make_room() {
    disk.empty();
    constexpr std::int64_t kPromisedMs = 10'000;
    for (std::int64_t waited = 0; waited < kPromisedMs; waited += 1'000) {
      broker.clock().advance_ms(1'000);
      broker.work();
    }
  }
  int reserve_parts() { return disk.reserve_parts(test::BrokerFixture::kDirectory); }
  ErrorCode trim(Offset before) {
    protocol::DeleteRecordsRequest request;
    request.timeout_ms = 1'000;
    request.topics.push_back({"orders", {{0, before}}});
    return broker.call<protocol::DeleteRecords>(request).topics.at(0).partitions.at(0).error_code;
  }

  test::FullDisk disk;
  test::GroupsOfBroker broker{&disk.fs};
};

}  // namespace

TEST_CASE("full disk: produce is refused, and takes nothing of the reserve") {
  BrokerOnFullDisk f;
  f.disk.fill(1'000);
  CHECK_FALSE(f.broker.logs().disk_is_full());  // nobody has looked yet
  CHECK(f.broker.try_produce("orders", 0) == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(f.broker.logs().disk_is_full());
  CHECK(f.broker.try_produce("orders", 1) == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(f.reserve_parts() == storage::kReserveParts);
  CHECK(f.broker.offsets("orders", 0).log_end == 3);
}

TEST_CASE("full disk: reading, committing, trimming and deleting go on from the reserve") {
  BrokerOnFullDisk f;
  f.disk.fill(1);
  for (Offset offset = 2; offset <= 3; ++offset) {
    f.broker.commit("orders", 0, offset);
    CHECK(f.broker.committed("orders", 0) == offset);
  }
  CHECK(f.reserve_parts() < storage::kReserveParts);
  CHECK(f.trim(2) == ErrorCode::NONE);
  const auto log = f.broker.catalog().snapshot()->find("orders")->partition(0);
  const auto read = log->read({.from = 2, .max_bytes = 1'000, .at_least_one_batch = true});
  CHECK(read.error == ErrorCode::NONE);
  CHECK(read.records.size_bytes() > 0);
  protocol::DeleteTopicsRequest request;
  request.topic_names = {"payments"};
  CHECK(f.broker.call<protocol::DeleteTopics>(request, 5).responses.at(0).error_code ==
        ErrorCode::NONE);
  CHECK(f.broker.try_produce("orders", 0) == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(f.reserve_parts() > 0);

  f.disk.empty();
  f.broker.kill_and_restart();
  f.broker.broker().groups().load();
  f.broker.work();
  CHECK(f.broker.committed("orders", 0) == 3);
  CHECK(f.broker.offsets("orders", 0).log_start == 2);
  CHECK(f.broker.catalog().snapshot()->find("payments") == nullptr);
}

TEST_CASE("full disk: with space all goes on without a restart, and the reserve is whole again") {
  BrokerOnFullDisk f;
  f.disk.fill(1);
  CHECK(f.broker.try_produce("orders", 0) == ErrorCode::KAFKA_STORAGE_ERROR);
  f.broker.commit("orders", 0, 2);
  CHECK(f.reserve_parts() < storage::kReserveParts);
  f.make_room();
  CHECK(f.broker.try_produce("orders", 0) == ErrorCode::NONE);
  CHECK(f.reserve_parts() == storage::kReserveParts);
}

TEST_CASE("full disk: what a new producer sent behind a refused batch does not go in front of it") {
  BrokerOnFullDisk f;
  f.disk.fill(1'000);
  for (const PartitionId partition : {0, 1}) {
    CHECK(f.broker.logs().disk_is_full() == (partition == 1));  // found by the log, and known
    CHECK(f.broker.try_produce_sequence("orders", partition, 0) == ErrorCode::KAFKA_STORAGE_ERROR);
  }
  f.make_room();
  for (const PartitionId partition : {0, 1}) {
    CHECK(f.broker.try_produce_sequence("orders", partition, 1) ==
          ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    CHECK(f.broker.try_produce_sequence("orders", partition, 0) == ErrorCode::NONE);
    CHECK(f.broker.try_produce_sequence("orders", partition, 1) == ErrorCode::NONE);
  }
}

TEST_CASE("full disk: without a reserve nothing is confirmed that is not kept") {
  BrokerOnFullDisk f;
  f.disk.fill(0);
  CHECK(f.trim(1) == ErrorCode::KAFKA_STORAGE_ERROR);
  CHECK(f.reserve_parts() == 0);
  CHECK(f.broker.offsets("orders", 0).log_start == 0);
  f.disk.empty();
  CHECK(f.trim(1) == ErrorCode::NONE);
}
