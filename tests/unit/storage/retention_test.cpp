#include <chrono>
#include <future>
#include <vector>

#include "storage/limits.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;
using Offsets = std::vector<Offset>;

namespace {

constexpr std::int64_t kHour = 3'600'000;

/// One record per segment, all stamped with the present.
LogFixture& one_per_segment(LogFixture& fixture, int count) {
  fixture.config_.segment_bytes = 1500;
  fixture.config_.timestamp_after_max_ms = 1000 * kHour;
  fixture.open();
  for (int i = 0; i < count; ++i) {
    test::BatchOptions at;
    at.timestamp = fixture.clock_.wall_ms();
    fixture.append_durably({test::kKibibyte}, at);
  }
  return fixture;
}

Offsets bases(LogFixture& fixture) {
  return fixture.log_->segment_base_offsets();
}

}  // namespace

TEST_CASE("retention: by size the oldest go while the rest is still enough") {
  LogFixture fixture;
  fixture.config_.retention_bytes = 2500;
  one_per_segment(fixture, 5);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{2, 3, 4});
  CHECK(fixture.log_->offsets().log_start == 2);
  CHECK(fixture.read(1).error == ErrorCode::OFFSET_OUT_OF_RANGE);
}

TEST_CASE("retention: by time, and an expired active segment is rolled and goes too") {
  LogFixture fixture;
  fixture.config_.retention_ms = kHour;
  one_per_segment(fixture, 3);
  fixture.clock_.advance_ms(kHour);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{0, 1, 2});
  fixture.clock_.advance_ms(1);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{3});
  CHECK(fixture.log_->offsets().log_start == 3);
  CHECK(fixture.log_->offsets().log_end == 3);
  auto& log = fixture.restart();
  CHECK(log.offsets().log_end == 3);
  CHECK(fixture.append_durably({"a"}).base_offset == 3);
}

TEST_CASE("retention: the end of an emptied log survives a crash") {
  LogFixture fixture;
  fixture.config_.retention_ms = kHour;
  one_per_segment(fixture, 3);
  fixture.clock_.advance_ms(2 * kHour);
  fixture.manager_->apply_retention();
  auto& log = fixture.crash();
  CHECK(log.offsets().log_start == 3);
  CHECK(log.offsets().log_end == 3);
}

TEST_CASE("retention: -1 keeps for ever, and compaction alone deletes nothing") {
  LogFixture fixture;
  fixture.config_.retention_ms = -1;
  one_per_segment(fixture, 3);
  fixture.clock_.advance_ms(100'000 * kHour);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture).size() == 3);
  auto config = fixture.config_;
  config.retention_ms = 1;
  config.cleanup_delete = false;
  fixture.log_->set_config(config);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture).size() == 3);
}

TEST_CASE("retention: a time index that reads as zero deletes nothing (ZFS)") {
  LogFixture fixture;
  fixture.config_.retention_ms = kHour;
  one_per_segment(fixture, 3);
  fixture.manager_->stop();
  fixture.close();
  for (const Offset base : {0, 1}) {
    auto& index = fixture.content(fixture.segment(base, storage::kTimeIndexSuffix));
    REQUIRE(index.size() == 12);
    storage::TimeEntry{1, 0}.encode(index.data());
  }
  fixture.open();
  fixture.manager_->apply_retention();
  CHECK(bases(fixture).size() == 3);
}

TEST_CASE("retention: nobody waits while the batches of an old segment are read") {
  LogFixture fixture;
  fixture.config_.retention_ms = kHour;
  one_per_segment(fixture, 2);
  fixture.clock_.advance_ms(2 * kHour);
  test::BatchOptions now;
  now.timestamp = fixture.clock_.wall_ms();
  fixture.append_durably({test::kKibibyte}, now);

  // The scan of the oldest segment asks for the time first of all.
  std::future<ErrorCode> trim;
  fixture.clock_.on_wall_ms = [&] {
    fixture.clock_.on_wall_ms = nullptr;
    trim = std::async(std::launch::async, [&] { return fixture.log_->delete_records_before(1); });
    CHECK(trim.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  };
  REQUIRE(fixture.log_->apply_retention({.by_time = true}));
  CHECK(trim.get() == ErrorCode::NONE);
  CHECK(bases(fixture) == Offsets{2});
}

TEST_CASE("retention: records from the future keep their segment") {
  LogFixture fixture;
  fixture.config_.retention_ms = kHour;
  fixture.config_.segment_bytes = 1500;
  fixture.config_.timestamp_after_max_ms = 1000 * kHour;
  fixture.open();
  test::BatchOptions at;
  at.timestamp = fixture.clock_.wall_ms() + 500 * kHour;
  fixture.append_durably({test::kKibibyte}, at);
  at.timestamp = fixture.clock_.wall_ms();
  fixture.append_durably({test::kKibibyte}, at);
  fixture.clock_.advance_ms(400 * kHour);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{0, 1});
}

TEST_CASE("retention: a clock that jumps ahead deletes nothing before it is trusted again") {
  LogFixture fixture;
  fixture.config_.retention_ms = kHour;
  one_per_segment(fixture, 3);
  fixture.clock_.jump_wall_ms(10 * kHour);
  for (int look = 0; look < 3; ++look) {
    fixture.manager_->apply_retention();
    CHECK(bases(fixture).size() == 3);
  }
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{3});
}

TEST_CASE("retention: what is not durable yet stays") {
  LogFixture fixture;
  fixture.config_.retention_bytes = 0;
  one_per_segment(fixture, 2);
  fixture.append({test::kKibibyte});
  fixture.manager_->apply_retention();
  CHECK(fixture.log_->offsets().log_start <= fixture.log_->offsets().high_watermark);
  CHECK(fixture.log_->offsets().log_end == 3);
  fixture.manager_->run_pending();
  CHECK(fixture.log_->offsets().high_watermark == 3);
}

TEST_CASE("retention: the new log start is durable before the first file goes") {
  LogFixture fixture;
  fixture.config_.retention_bytes = 1200;
  Offset saved = -1;
  fixture.saver_ = [&](const storage::OffsetsByPartition& starts) {
    REQUIRE(starts.size() == 1);
    CHECK(starts.begin()->first.to_string() == "orders-0");
    CHECK(fixture.exists(fixture.segment(0)));
    saved = starts.begin()->second;
    return Result<void>{};
  };
  one_per_segment(fixture, 4);
  fixture.manager_->apply_retention();
  CHECK(saved == 2);
  CHECK_FALSE(fixture.exists(fixture.segment(0)));
}

TEST_CASE("retention: nothing goes when the new log start cannot be saved") {
  LogFixture fixture;
  fixture.config_.retention_bytes = 1200;
  fixture.saver_ = [](const storage::OffsetsByPartition&) {
    return Result<void>(fail(ErrorKind::kIo, "no"));
  };
  one_per_segment(fixture, 4);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{0, 1, 2, 3});
  CHECK(fixture.exists(fixture.segment(0)));
  CHECK(fixture.log_->delete_records_before(2) == ErrorCode::KAFKA_STORAGE_ERROR);
}

TEST_CASE("retention: files are renamed at once and removed after file.delete.delay.ms") {
  LogFixture fixture;
  fixture.config_.retention_bytes = 1200;
  one_per_segment(fixture, 4);
  fixture.manager_->run_maintenance();
  fixture.manager_->apply_retention();
  const auto deleted = fixture.segment(0) + ".deleted";
  CHECK(fixture.exists(deleted));
  fixture.clock_.advance_ms(59'999);
  fixture.manager_->run_maintenance();
  CHECK(fixture.exists(deleted));
  fixture.clock_.advance_ms(1);
  fixture.manager_->run_maintenance();
  CHECK_FALSE(fixture.exists(deleted));
}

TEST_CASE("delete records: the log start moves, survives, and whole segments go later") {
  LogFixture fixture;
  one_per_segment(fixture, 4);
  CHECK(fixture.log_->delete_records_before(5) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(fixture.log_->delete_records_before(2) == ErrorCode::NONE);
  CHECK(fixture.log_->delete_records_before(1) == ErrorCode::NONE);
  CHECK(fixture.log_->offsets().log_start == 2);
  CHECK(bases(fixture).size() == 4);
  fixture.crash();
  CHECK(fixture.log_->offsets().log_start == 2);
  fixture.manager_->apply_retention();
  CHECK(bases(fixture) == Offsets{2, 3});
  CHECK(fixture.log_->delete_records_before(4) == ErrorCode::NONE);
  CHECK(fixture.log_->offsets().log_start == 4);
  CHECK(fixture.read(4).records.size_bytes() == 0);
}

TEST_CASE("delete records: not above what is durable") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  fixture.append({"b"});
  CHECK(fixture.log_->delete_records_before(2) == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(fixture.log_->delete_records_before(1) == ErrorCode::NONE);
}
