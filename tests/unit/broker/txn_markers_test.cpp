// WriteTxnMarkers, DescribeProducers, and what the coordinator's markers go through.
#include <doctest/doctest.h>

#include "broker/partition_markers.hpp"
#include "protocol/control_record.hpp"
#include "support/broker_fixture.hpp"

using namespace kreel;
using namespace kreel::protocol;

namespace {

struct MarkersFixture : test::BrokerFixture {
  explicit MarkersFixture(storage::FlushMode flush = storage::FlushMode::kCommit)
      : BrokerFixture({}, flush) {
    create_topic("orders", 2);
  }
  std::shared_ptr<storage::Log> log(PartitionId partition = 0) {
    return catalog().snapshot()->find("orders")->partition(partition);
  }
  /// The first batch of a transaction.
  void open(ProducerId id, PartitionId partition = 0) {
    BatchBuilder builder(
        {.producer_id = id, .producer_epoch = 3, .base_sequence = 0, .transactional = true});
    NewRecord record;
    record.timestamp = clock().wall_ms();
    record.value = as_bytes("value");
    builder.append(record);
    Bytes batch = builder.build();
    const auto guard = log(partition)->start_verification({id, 3, 0, false});
    REQUIRE(log(partition)->append_verified(batch, guard).error == ErrorCode::NONE);
    work();
  }
  static WriteTxnMarkersRequest request(ProducerId id, bool commit,
                                        std::vector<PartitionId> partitions) {
    WriteTxnMarkersRequest request;
    auto& marker = request.markers.emplace_back();
    marker.producer_id = id;
    marker.producer_epoch = 3;
    marker.transaction_result = commit;
    marker.topics.push_back({.name = "orders", .partition_indexes = std::move(partitions)});
    return request;
  }
};

}  // namespace

TEST_CASE(
    "write txn markers: a hanging transaction ends, durably before the answer (KIP-664, "
    "KAFKA-12979)") {
  MarkersFixture f;
  f.open(7);
  f.open(8);
  const auto response = f.call<WriteTxnMarkers>(MarkersFixture::request(7, false, {0, 1, 5}));
  REQUIRE(response.markers.size() == 1);
  CHECK(response.markers[0].producer_id == 7);
  const auto& partitions = response.markers[0].topics.at(0).partitions;
  REQUIRE(partitions.size() == 3);
  CHECK(partitions[0].error_code == ErrorCode::NONE);
  CHECK(partitions[1].error_code == ErrorCode::NONE);
  CHECK(partitions[2].partition_index == 5);
  CHECK(partitions[2].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(f.log()->offsets().last_stable == 1);
  CHECK(f.log()->offsets().high_watermark == 3);
}

TEST_CASE("write txn markers: a marker that comes too late is refused, one sent twice is not") {
  MarkersFixture f;
  f.open(7);
  auto late = MarkersFixture::request(7, true, {0});
  late.markers[0].producer_epoch = 2;
  auto error = [&](const WriteTxnMarkersRequest& request) {
    return f.call<WriteTxnMarkers>(request).markers.at(0).topics.at(0).partitions.at(0).error_code;
  };
  CHECK(error(late) == ErrorCode::INVALID_PRODUCER_EPOCH);
  auto same_epoch = MarkersFixture::request(7, true, {0});
  same_epoch.markers[0].transaction_version = 2;
  CHECK(error(same_epoch) == ErrorCode::INVALID_PRODUCER_EPOCH);
  auto marker = same_epoch;
  marker.markers[0].producer_epoch = 4;
  CHECK(error(marker) == ErrorCode::NONE);
  const auto end = f.log()->offsets().log_end;
  CHECK(error(marker) == ErrorCode::NONE);
  CHECK(f.log()->offsets().log_end == end);
}

TEST_CASE("write txn markers: several markers have one answer each") {
  MarkersFixture f;
  f.open(7);
  f.open(8, 1);
  auto request = MarkersFixture::request(7, true, {0});
  request.markers.push_back(MarkersFixture::request(8, false, {1}).markers[0]);
  const auto response = f.call<WriteTxnMarkers>(request);
  REQUIRE(response.markers.size() == 2);
  CHECK(response.markers[1].producer_id == 8);
  CHECK(f.log(0)->offsets().last_stable == 2);
  CHECK(f.log(1)->offsets().last_stable == 2);
  CHECK(f.call<WriteTxnMarkers>({}).markers.empty());
}

TEST_CASE("describe producers: what each has done last, and what it has open") {
  MarkersFixture f;
  f.open(7);
  f.open(8);
  f.call<WriteTxnMarkers>(MarkersFixture::request(7, true, {0}));
  DescribeProducersRequest request;
  request.topics.push_back({.name = "orders", .partition_indexes = {0, 1, 9}});
  const auto response = f.call<DescribeProducers>(request);
  const auto& partitions = response.topics.at(0).partitions;
  REQUIRE(partitions.size() == 3);
  REQUIRE(partitions[0].active_producers.size() == 2);
  const auto& ended = partitions[0].active_producers[0];
  CHECK(ended.producer_id == 7);
  CHECK(ended.producer_epoch == 3);
  CHECK(ended.last_sequence == 0);
  CHECK(ended.last_timestamp == f.clock().wall_ms());
  CHECK(ended.coordinator_epoch == 0);
  CHECK(ended.current_txn_start_offset == -1);
  const auto& open = partitions[0].active_producers[1];
  CHECK(open.coordinator_epoch == -1);
  CHECK(open.current_txn_start_offset == 1);
  CHECK(partitions[1].active_producers.empty());
  CHECK(partitions[2].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("markers: they are on disk before they count as written, in every flush mode") {
  for (const auto mode : {storage::FlushMode::kCommit, storage::FlushMode::kOs}) {
    MarkersFixture f(mode);
    f.open(7);
    broker::PartitionMarkers markers(f.broker(), f.io());
    std::vector<ErrorCode> written;
    markers.write({.producer_id = 7, .producer_epoch = 3, .committed = true},
                  {{"orders", 0}, {"gone", 0}}, [&](auto errors) { written = errors; });
    CHECK(written.empty());
    f.work();
    CHECK(written == std::vector{ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
    std::optional<ErrorCode> durable;
    markers.make_durable({{"orders", 0}, {"gone", 0}}, [&](ErrorCode error) { durable = error; });
    f.work();
    CHECK(durable == ErrorCode::NONE);
  }
}

TEST_CASE("markers: those of committed offsets are written behind those of records") {
  MarkersFixture f;
  f.create_topic("__consumer_offsets", 5);
  f.open(7);
  std::vector<PartitionId> offsets_partitions;
  broker::PartitionMarkers::Done finish;
  broker::PartitionMarkers markers(f.broker(), f.io(),
                                   [&](PartitionId partition, const auto& marker, auto done) {
                                     CHECK(marker.producer_id == 7);
                                     CHECK(f.log()->offsets().last_stable == 2);
                                     offsets_partitions.push_back(partition);
                                     finish = std::move(done);
                                   });
  std::vector<ErrorCode> written;
  markers.write({.producer_id = 7, .producer_epoch = 3, .committed = true},
                {{"__consumer_offsets", 4}, {"orders", 0}}, [&](auto errors) { written = errors; });
  f.work();
  CHECK(offsets_partitions == std::vector<PartitionId>{4});
  CHECK(written.empty());
  finish(ErrorCode::NOT_COORDINATOR);
  CHECK(written == std::vector{ErrorCode::NOT_COORDINATOR, ErrorCode::NONE});
}
