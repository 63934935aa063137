#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::storage::Isolation;
using kreel::test::LogFixture;

namespace {

constexpr TimestampMs kStart = 1'700'000'000'000;

storage::AppendResult append_at(LogFixture& fixture, TimestampMs timestamp, int records = 1,
                                protocol::Compression compression = protocol::Compression::kNone) {
  test::BatchOptions options;
  options.timestamp = timestamp;
  options.compression = compression;
  return fixture.append_durably(
      std::vector<std::string>(static_cast<std::size_t>(records), std::string(400, 'v')), options);
}

Offset find(LogFixture& fixture, TimestampMs timestamp) {
  const auto found = fixture.log_->find_by_timestamp(timestamp, Isolation::kReadUncommitted);
  REQUIRE(found);
  if (!*found) return -1;
  CHECK((*found)->timestamp >= timestamp);
  CHECK((*found)->leader_epoch == 0);
  return (*found)->offset;
}

}  // namespace

TEST_CASE("by time: the first record that is not older, with its own offset") {
  LogFixture fixture;
  fixture.open();
  append_at(fixture, kStart, 3);
  append_at(fixture, kStart + 100, 3);
  CHECK(find(fixture, 0) == 0);
  CHECK(find(fixture, kStart) == 0);
  CHECK(find(fixture, kStart + 1) == 1);
  CHECK(find(fixture, kStart + 3) == 3);
  CHECK(find(fixture, kStart + 101) == 4);
  CHECK(find(fixture, kStart + 103) == -1);
}

TEST_CASE("by time: inside a compressed batch too") {
  LogFixture fixture;
  fixture.open();
  append_at(fixture, kStart, 50, protocol::Compression::kLz4);
  CHECK(find(fixture, kStart + 31) == 31);
}

TEST_CASE("by time: over many segments, also after a restart") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 9000;
  fixture.open();
  for (int i = 0; i < 100; ++i) append_at(fixture, kStart + i * 10);
  REQUIRE(fixture.log_->segment_base_offsets().size() > 4);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; i += 7) {
      CHECK(find(fixture, kStart + i * 10) == i);
      CHECK(find(fixture, kStart + i * 10 - 9) == i);
    }
    if (round == 0) {
      fixture.restart();
    } else {
      fixture.crash();
    }
  }
}

TEST_CASE("by time: timestamps out of order are found where they stand first") {
  LogFixture fixture;
  fixture.open();
  append_at(fixture, kStart + 50);
  append_at(fixture, kStart + 10);
  append_at(fixture, kStart + 90);
  CHECK(find(fixture, kStart + 20) == 0);
  CHECK(find(fixture, kStart + 60) == 2);
}

TEST_CASE("by time: records below the log start and above the high watermark are not found") {
  LogFixture fixture;
  auto& log = fixture.open();
  append_at(fixture, kStart, 5);
  REQUIRE(log.delete_records_before(3) == protocol::ErrorCode::NONE);
  CHECK(find(fixture, kStart) == 3);
  test::BatchOptions later;
  later.timestamp = kStart + 500;
  fixture.append({"not durable"}, later);
  CHECK(find(fixture, kStart + 400) == -1);
  fixture.manager_->run_pending();
  CHECK(find(fixture, kStart + 400) == 5);
}

TEST_CASE("by time: LogAppendTime gives every record of a batch the same") {
  LogFixture fixture;
  fixture.config_.timestamp_type = protocol::TimestampType::kLogAppendTime;
  fixture.open();
  append_at(fixture, kStart - 5000, 3);
  CHECK(find(fixture, fixture.clock_.wall_ms()) == 0);
  CHECK(find(fixture, fixture.clock_.wall_ms() + 1) == -1);
}

TEST_CASE("by time: an empty log has nothing") {
  LogFixture fixture;
  auto& log = fixture.open();
  CHECK(find(fixture, 0) == -1);
  CHECK_FALSE(log.find_max_timestamp(Isolation::kReadUncommitted)->has_value());
}

TEST_CASE("max timestamp: the first record that has the largest") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 3000;
  auto& log = fixture.open();
  for (const int at : {10, 80, 30, 80, 20, 50, 60, 70}) append_at(fixture, kStart + at);
  const auto max = log.find_max_timestamp(Isolation::kReadUncommitted);
  REQUIRE(max);
  REQUIRE(*max);
  CHECK((*max)->offset == 1);
  CHECK((*max)->timestamp == kStart + 80);
}

TEST_CASE("max timestamp: only below the high watermark and from the log start on") {
  LogFixture fixture;
  auto& log = fixture.open();
  append_at(fixture, kStart + 80);
  append_at(fixture, kStart + 10);
  test::BatchOptions later;
  later.timestamp = kStart + 500;
  fixture.append({"not durable"}, later);
  CHECK((*log.find_max_timestamp(Isolation::kReadUncommitted))->offset == 0);
  REQUIRE(log.delete_records_before(1) == protocol::ErrorCode::NONE);
  CHECK((*log.find_max_timestamp(Isolation::kReadUncommitted))->offset == 1);
}

TEST_CASE("epochs: the only epoch ends at the high watermark") {
  LogFixture fixture;
  auto& log = fixture.open();
  CHECK(log.end_offset_for_epoch(0) == std::pair<LeaderEpoch, Offset>(0, 0));
  append_at(fixture, kStart, 2);
  CHECK(log.leader_epoch() == 0);
  CHECK(log.end_offset_for_epoch(0) == std::pair<LeaderEpoch, Offset>(0, 2));
  CHECK(log.end_offset_for_epoch(1) == std::pair<LeaderEpoch, Offset>(-1, -1));
}
