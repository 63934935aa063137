#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;
using Offsets = std::vector<Offset>;
using Values = std::vector<std::string>;

namespace {

bool has_unnamed_segment(LogFixture& fixture) {
  const auto names = fixture.fs_.list("/data/orders-0");
  REQUIRE(names);
  return std::ranges::any_of(
      *names, [](const auto& name) { return name.starts_with(storage::kNextPrefix); });
}

}  // namespace

TEST_CASE("roll: a batch that does not fit starts a new segment") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 2500;
  auto& log = fixture.open();
  for (int i = 0; i < 5; ++i) fixture.append_durably({test::kKibibyte});
  CHECK(log.segment_base_offsets() == Offsets{0, 2, 4});
  CHECK(log.offsets().high_watermark == 5);
  CHECK(log.size_bytes() > 5 * 1024);
}

TEST_CASE("roll: after segment.ms by the records' own timestamps, as Kafka") {
  LogFixture fixture;
  fixture.config_.segment_ms = 1000;
  fixture.config_.timestamp_after_max_ms = 1'000'000'000;
  auto& log = fixture.open();
  const auto start = fixture.clock_.wall_ms();
  test::BatchOptions at;
  at.timestamp = start;
  fixture.append_durably({"a"}, at);
  fixture.clock_.advance_ms(5000);
  at.timestamp = start + 1000;
  fixture.append_durably({"b"}, at);
  CHECK(log.segment_base_offsets() == Offsets{0});
  at.timestamp = start + 1001;
  fixture.append_durably({"c"}, at);
  CHECK(log.segment_base_offsets() == Offsets{0, 2});
}

TEST_CASE("roll: when the index is full") {
  LogFixture fixture;
  fixture.config_.segment_index_bytes = 36;
  fixture.config_.index_interval_bytes = 0;
  auto& log = fixture.open();
  for (int i = 0; i < 12; ++i) {
    test::BatchOptions at;
    at.timestamp = fixture.clock_.wall_ms() + i;
    fixture.append_durably({"a"}, at);
  }
  CHECK(log.segment_base_offsets().size() > 2);
  CHECK(fixture.all_values().size() == 12);
}

TEST_CASE("roll: before an offset no longer fits the index's 32 bits") {
  LogFixture fixture;
  auto& log = fixture.open();
  fixture.append_durably({"a"});
  // A coordinator's batch may jump far ahead with its offset delta.
  auto batch = test::make_batch({"b"});
  store_big_endian<std::int32_t>(batch.data() + 23, 0x7fffffff);
  protocol::set_max_timestamp(batch, protocol::TimestampType::kCreateTime, 1);
  REQUIRE(log.append(batch, storage::AppendOrigin::kCoordinator).error == ErrorCode::NONE);
  CHECK(log.segment_base_offsets() == Offsets{0, 1});
  fixture.append_durably({"c"});
  CHECK(log.segment_base_offsets() == Offsets{0, 1, 0x80000001LL});
}

TEST_CASE("roll: a new segment has no name until the old one is on disk (KAFKA-3968)") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 1500;
  auto& log = fixture.open();
  fixture.append_durably({test::kKibibyte});
  fixture.append({test::kKibibyte});
  CHECK(log.segment_base_offsets() == Offsets{0, 1});
  CHECK_FALSE(fixture.exists(fixture.segment(1)));
  CHECK(has_unnamed_segment(fixture));
  fixture.manager_->run_pending();
  CHECK(fixture.exists(fixture.segment(1)));
  CHECK(log.offsets().high_watermark == 2);
}

TEST_CASE("roll: in every mode the flusher gives the new segment its name") {
  for (const auto mode : {storage::FlushMode::kOs, storage::FlushMode::kInterval}) {
    LogFixture fixture(mode);
    fixture.config_.segment_bytes = 1500;
    auto& log = fixture.open();
    for (int i = 0; i < 4; ++i) fixture.append({test::kKibibyte});
    CHECK(log.offsets().high_watermark == 4);
    CHECK(fixture.all_values().size() == 4);
    fixture.manager_->run_pending();
    CHECK(fixture.exists(fixture.segment(3)));
    CHECK_FALSE(has_unnamed_segment(fixture));
  }
}

TEST_CASE("roll: the next file is prepared when a segment is nearly full") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 10'000;
  auto& log = fixture.open();
  for (int i = 0; i < 7; ++i) fixture.append_durably({test::kKibibyte});
  CHECK_FALSE(has_unnamed_segment(fixture));
  fixture.append_durably({test::kKibibyte});
  fixture.append_durably({test::kKibibyte});
  CHECK(has_unnamed_segment(fixture));
  fixture.append_durably({test::kKibibyte});
  CHECK_FALSE(has_unnamed_segment(fixture));
  CHECK(log.segment_base_offsets() == Offsets{0, 9});
}

TEST_CASE("roll: a prepared file that was not needed is gone after a stop and after a crash") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 10'000;
  fixture.open();
  for (int i = 0; i < 9; ++i) fixture.append_durably({test::kKibibyte});
  REQUIRE(has_unnamed_segment(fixture));
  fixture.crash();
  CHECK_FALSE(has_unnamed_segment(fixture));
  CHECK(fixture.all_values().size() == 9);
  fixture.append_durably({"small"});
  REQUIRE(has_unnamed_segment(fixture));
  fixture.restart();
  CHECK_FALSE(has_unnamed_segment(fixture));
  CHECK(fixture.all_values().size() == 10);
}

TEST_CASE("roll: producers' snapshots are written, and kreel's old file goes") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 1500;
  fixture.open();
  for (std::int32_t i = 0; i < 3; ++i) {
    test::BatchOptions options;
    options.producer_id = 4;
    options.producer_epoch = 0;
    options.base_sequence = i;
    fixture.append_durably({test::kKibibyte}, options);
  }
  CHECK(fixture.exists(fixture.segment(1, storage::kSnapshotSuffix)));
  CHECK(fixture.exists(fixture.segment(2, storage::kSnapshotSuffix)));
  CHECK_FALSE(fixture.exists(fixture.segment(1, storage::kProducersSuffix)));
  CHECK(fixture.exists(fixture.segment(2, storage::kProducersSuffix)));
}

TEST_CASE("roll: indexes of a sealed segment are complete on disk, as Kafka's dump tool wants") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 20'000;
  fixture.open();
  for (int i = 0; i < 30; ++i) {
    test::BatchOptions at;
    at.timestamp = fixture.clock_.wall_ms() + i;
    fixture.append_durably({test::kKibibyte}, at);
  }
  const auto& log = fixture.content(fixture.segment(0));
  const auto& index = fixture.content(fixture.segment(0, storage::kOffsetIndexSuffix));
  REQUIRE(index.size() >= 24);
  for (std::size_t at = 0; at < index.size(); at += 8) {
    const auto entry = storage::OffsetEntry::decode(index.data() + at);
    const auto header = protocol::read_batch_header(
        ByteView(log).subspan(static_cast<std::size_t>(entry.position)));
    REQUIRE(header);
    CHECK(header->last_offset() == entry.relative_offset);
  }
  const auto& times = fixture.content(fixture.segment(0, storage::kTimeIndexSuffix));
  const auto last = storage::TimeEntry::decode(times.data() + times.size() - 12);
  const auto count = static_cast<std::int32_t>(fixture.log_->segment_base_offsets()[1]);
  CHECK(last == storage::TimeEntry{fixture.clock_.wall_ms() + count - 1, count - 1});
}
