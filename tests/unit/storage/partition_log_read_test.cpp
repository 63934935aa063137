#include "base/text.hpp"
#include "unit/storage/log_fixture.hpp"

using namespace kreel;
using kreel::protocol::ErrorCode;
using kreel::test::LogFixture;
using Values = std::vector<std::string>;

namespace {

/// "0007......": all are of one size.
std::string numbered(int number) {
  auto text = std::to_string(10'000 + number).substr(1);
  return text + std::string(1000, '.');
}

/// Fills the log with one-record batches of about 1 KiB.
void fill(LogFixture& fixture, int from, int count) {
  for (int i = from; i < from + count; ++i) {
    REQUIRE(fixture.append({numbered(i)}).error == ErrorCode::NONE);
  }
  fixture.manager_->run_pending();
}

int number_of(const std::string& value) {
  return parse_int32(value.substr(0, 4)).value_or(-1);
}

}  // namespace

TEST_CASE("read: an offset inside a batch brings the whole batch") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a", "b", "c"});
  const auto result = fixture.read(1);
  const auto header = protocol::read_batch_header(result.records.bytes());
  REQUIRE(header);
  CHECK(header->base_offset == 0);
  CHECK(fixture.values_from(1) == Values{"b", "c"});
}

TEST_CASE("read: below the log start and above the log end is OFFSET_OUT_OF_RANGE") {
  LogFixture fixture;
  fixture.log_start_ = 5;
  fixture.open();
  fixture.append_durably({"a"});
  CHECK(fixture.read(4).error == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(fixture.read(7).error == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(fixture.read(6).error == ErrorCode::NONE);
  CHECK(fixture.read(6).records.size_bytes() == 0);
  CHECK_FALSE(fixture.read(6).records.is_null());
  CHECK(fixture.values_from(5) == Values{"a"});
}

TEST_CASE("read: every offset of a log with an index is found") {
  LogFixture fixture;
  fixture.open();
  fill(fixture, 0, 60);
  for (int offset = 0; offset < 60; ++offset) {
    const auto values = fixture.values_from(offset, 1);
    REQUIRE(values.size() == 1);
    CHECK(number_of(values[0]) == offset);
  }
}

TEST_CASE("read: max_bytes cuts behind a whole batch") {
  LogFixture fixture;
  fixture.open();
  fill(fixture, 0, 40);
  const auto one = fixture.read(0, 1).records.size_bytes();
  for (const std::size_t max_bytes :
       {one, 2 * one - 1, 2 * one, 10 * one + 7, 39 * one, 50 * one}) {
    const auto result = fixture.read(3, max_bytes);
    CHECK(result.records.size_bytes() % one == 0);
    CHECK(result.records.size_bytes() <= max_bytes);
    CHECK(result.records.size_bytes() >= one);
    // At most what lies between two entries of the index is left for the next read.
    CHECK(result.records.size_bytes() + 4096 + 2 * one >= std::min(max_bytes, 37 * one));
  }
}

TEST_CASE("read: a batch over max_bytes comes only when one batch is asked for in any case") {
  LogFixture fixture;
  auto& log = fixture.open();
  fill(fixture, 0, 1);
  CHECK(fixture.read(0, 10).records.size_bytes() > 1000);
  const auto none = log.read({0, 10, false, storage::Isolation::kReadUncommitted, false});
  CHECK(none.error == ErrorCode::NONE);
  CHECK(none.records.size_bytes() == 0);
}

TEST_CASE("read: never past the high watermark, unless the log end is asked for") {
  LogFixture fixture;
  auto& log = fixture.open();
  fixture.append_durably({"a"});
  fixture.append({"b"});
  CHECK(fixture.values_from(0) == Values{"a"});
  CHECK(fixture.read(1).records.size_bytes() == 0);
  const auto all = log.read({0, 1U << 20U, true, storage::Isolation::kReadUncommitted, true});
  CHECK(test::values_in(all.records.bytes(), 0) == Values{"a", "b"});
  CHECK(all.offsets.high_watermark == 1);
  CHECK(all.offsets.log_end == 2);
}

TEST_CASE("read: segments follow each other") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 5000;
  auto& log = fixture.open();
  fill(fixture, 0, 30);
  CHECK(log.segment_base_offsets().size() > 5);
  const auto values = fixture.all_values();
  REQUIRE(values.size() == 30);
  for (int i = 0; i < 30; ++i) CHECK(number_of(values[static_cast<std::size_t>(i)]) == i);
}

TEST_CASE("read: a sealed segment without its index is read all the same (redpanda#10118)") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 20'000;
  fixture.open();
  fill(fixture, 0, 60);
  fixture.manager_->stop();
  fixture.close();
  REQUIRE(fixture.fs_.remove_file(fixture.segment(0, storage::kOffsetIndexSuffix)));
  REQUIRE(fixture.fs_.remove_file(fixture.segment(0, storage::kTimeIndexSuffix)));
  fixture.open();
  CHECK(fixture.all_values().size() == 60);
  CHECK(number_of(fixture.values_from(10, 1).front()) == 10);
}

TEST_CASE("read: an index that leads astray is noticed and built anew") {
  LogFixture fixture;
  fixture.config_.segment_bytes = 20'000;
  fixture.open();
  fill(fixture, 0, 60);
  fixture.manager_->stop();
  fixture.close();
  auto& index = fixture.content(fixture.segment(0, storage::kOffsetIndexSuffix));
  for (std::size_t i = 0; i + 8 <= index.size(); i += 8) {
    const auto position = load_big_endian<std::int32_t>(index.data() + i + 4);
    store_big_endian(index.data() + i + 4, position + 3);
  }
  fixture.open();
  for (int offset = 0; offset < 19; ++offset) {
    CHECK(number_of(fixture.values_from(offset, 1).front()) == offset);
  }
}

TEST_CASE("read: files are closed when many are open, and opened again when they are read") {
  LogFixture fixture;
  fixture.options_.open_segments_max = 3;
  fixture.config_.segment_bytes = 2500;
  fixture.open();
  fill(fixture, 0, 40);
  for (int round = 0; round < 2; ++round) {
    for (int offset = 0; offset < 40; ++offset) {
      CHECK(number_of(fixture.values_from(offset, 1).front()) == offset);
    }
  }
  fill(fixture, 40, 5);
  CHECK(fixture.all_values().size() == 45);
}

TEST_CASE("read: records in memory live as long as somebody holds them") {
  LogFixture fixture;
  fixture.open();
  fixture.append_durably({"a"});
  const auto result = fixture.read(0);
  fixture.append_durably({"b"});
  fixture.close();
  CHECK(test::values_in(result.records.bytes(), 0) == Values{"a"});
}

TEST_CASE("read: without waiting, a closed segment is read once another read has opened it") {
  LogFixture fixture;
  fixture.options_.open_segments_max = 3;
  fixture.config_.segment_bytes = 2500;
  fixture.open();
  fill(fixture, 0, 40);
  auto& log = fixture.restart();
  const storage::ReadOptions io_thread{
      .max_bytes = 1'000, .at_least_one_batch = true, .without_waiting = true};
  const auto refused = log.read(io_thread);
  CHECK(refused.would_wait);
  CHECK(refused.error == ErrorCode::NONE);
  CHECK(refused.records.size_bytes() == 0);
  CHECK(fixture.read(0).records.size_bytes() > 0);
  const auto read = log.read(io_thread);
  CHECK_FALSE(read.would_wait);
  CHECK(read.records.size_bytes() > 0);
}

TEST_CASE("read: what was read last stays open, however few may be") {
  for (std::size_t open_max = 1; open_max <= 5; ++open_max) {
    LogFixture fixture;
    fixture.options_.open_segments_max = open_max;
    fixture.config_.segment_bytes = 2500;
    auto& log = fixture.open();
    fill(fixture, 0, 40);
    for (int i = 0; i < 80; ++i) {
      const Offset offset = i * 7 % 36;
      CAPTURE(open_max);
      CAPTURE(offset);
      CHECK(fixture.read(offset, 1).records.size_bytes() > 0);
      const auto again =
          log.read({.from = offset, .at_least_one_batch = true, .without_waiting = true});
      CHECK_FALSE(again.would_wait);
    }
  }
}

TEST_CASE("read: without waiting, what was just written is read at once") {
  LogFixture fixture;
  auto& log = fixture.open();
  fill(fixture, 0, 3);
  const auto read = log.read(
      {.max_bytes = 1'000, .at_least_one_batch = true, .without_waiting = true});
  CHECK_FALSE(read.would_wait);
  CHECK(read.records.size_bytes() > 0);
}
