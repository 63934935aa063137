#include "protocol/control_record.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;
using Values = std::vector<std::string>;

TEST_CASE("append: records get consecutive offsets and come back in order") {
  LogFixture fixture;
  fixture.open();
  const auto first = fixture.append_durably({"a", "b"});
  const auto second = fixture.append_durably({"c"});
  CHECK(first.base_offset == 0);
  CHECK(first.last_offset == 1);
  CHECK(second.base_offset == 2);
  CHECK(second.log_start_offset == 0);
  CHECK(second.log_append_time_ms == -1);
  CHECK(fixture.all_values() == Values{"a", "b", "c"});
}

TEST_CASE("append: no file is made before the first record") {
  LogFixture fixture;
  fixture.open();
  CHECK_FALSE(fixture.exists("/data/orders-0"));
  fixture.append({"a"});
  CHECK(fixture.exists(fixture.segment(0)));
}

TEST_CASE("append: the batch in the caller's buffer carries its offset and epoch") {
  LogFixture fixture;
  auto& log = fixture.open();
  fixture.append({"a", "b"});
  auto batch = test::make_batch({"c"});
  log.append(batch, storage::AppendOrigin::kClient);
  const auto header = protocol::read_batch_header(batch);
  REQUIRE(header);
  CHECK(header->base_offset == 2);
  CHECK(header->partition_leader_epoch == 0);
  CHECK(protocol::batch_crc_is_valid(batch));
}

TEST_CASE("append: a damaged batch is refused and nothing is written") {
  LogFixture fixture;
  auto& log = fixture.open();
  auto batch = test::make_batch({"a"});
  batch.back() ^= std::byte{1};
  const auto result = log.append(batch, storage::AppendOrigin::kClient);
  CHECK(result.error == ErrorCode::CORRUPT_MESSAGE);
  CHECK(log.offsets().log_end == 0);
  CHECK_FALSE(fixture.exists("/data/orders-0"));
}

TEST_CASE("append: a batch over segment.bytes is RECORD_LIST_TOO_LARGE") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 100;
  fixture.open();
  CHECK(fixture.append({std::string(200, 'x')}).error == ErrorCode::RECORD_LIST_TOO_LARGE);
}

TEST_CASE("append: LogAppendTime stamps the batch and never goes backward") {
  LogFixture fixture;
  fixture.config_.timestamp_type = protocol::TimestampType::kLogAppendTime;
  fixture.open();
  const auto before = fixture.clock_.wall_ms();
  CHECK(fixture.append({"a"}).log_append_time_ms == before);
  fixture.clock_.jump_wall_ms(-5000);
  CHECK(fixture.append({"b"}).log_append_time_ms == before);
}

TEST_CASE("append: with flush=commit a record is invisible until it is on disk") {
  LogFixture fixture;
  auto& log = fixture.open();
  fixture.append({"a"});
  CHECK(log.offsets().log_end == 1);
  CHECK(log.offsets().high_watermark == 0);
  CHECK(fixture.read(0).error == ErrorCode::NONE);
  CHECK(fixture.read(0).records.size_bytes() == 0);
  fixture.manager_->run_pending();
  CHECK(log.offsets().high_watermark == 1);
  CHECK(fixture.values_from(0) == Values{"a"});
}

TEST_CASE("append: with flush=os and flush=interval a record is visible at once") {
  for (const auto mode : {storage::FlushMode::kOs, storage::FlushMode::kInterval}) {
    LogFixture fixture(mode);
    auto& log = fixture.open();
    fixture.append({"a"});
    CHECK(log.offsets().high_watermark == 1);
    CHECK(fixture.values_from(0) == Values{"a"});
  }
}

TEST_CASE("append: a coordinator's batch is taken as it is") {
  LogFixture fixture;
  auto& log = fixture.open();
  auto batch = protocol::build_end_txn_marker(5, 0, {true, 3}, 1'000);
  CHECK(log.append(batch, storage::AppendOrigin::kCoordinator).error == ErrorCode::NONE);
  CHECK(log.offsets().log_end == 1);
}

TEST_CASE("append: the log survives a clean stop and a crash") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a", "b"});
  auto* log = &fixture.restart();
  CHECK(fixture.manager_->last_stop_was_clean());
  CHECK(log->offsets().log_end == 2);
  CHECK(log->offsets().high_watermark == 2);
  fixture.append_durably({"c"});
  log = &fixture.crash();
  CHECK_FALSE(fixture.manager_->last_stop_was_clean());
  CHECK(log->offsets().high_watermark == 3);
  CHECK(fixture.all_values() == Values{"a", "b", "c"});
}
