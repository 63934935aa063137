// Transactions in one partition: what may be appended, and what read_committed consumers see.
#include "unit/storage/txn_fixture.hpp"

using namespace kreel;
using namespace kreel::storage;
using protocol::ErrorCode;
using test::Pairs;
using test::Strings;
using test::TxnFixture;

namespace {

/// A plain record of nobody's.
void append_plain(TxnFixture& fixture, const std::string& value) {
  fixture.append_durably({value});
}

}  // namespace

TEST_CASE("transactions: an open one holds the last stable offset at its first record") {
  TxnFixture fixture;
  fixture.open();
  append_plain(fixture, "plain");
  REQUIRE(fixture.write(7, {"a", "b"}).error == ErrorCode::NONE);
  append_plain(fixture, "behind");
  CHECK(fixture.log_->offsets().high_watermark == 4);
  CHECK(fixture.last_stable() == 1);
  CHECK(fixture.committed_values() == Strings{"plain"});
  REQUIRE(fixture.commit(7).error == ErrorCode::NONE);
  fixture.flush();
  CHECK(fixture.last_stable() == 5);
  CHECK(fixture.committed_values() == Strings{"plain", "a", "b", "behind"});
}

TEST_CASE("transactions: a marker counts once it is durable") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"});
  fixture.flush();
  fixture.commit(7);
  CHECK(fixture.last_stable() == 0);
  CHECK(fixture.committed_values().empty());
  fixture.flush();
  CHECK(fixture.last_stable() == 2);
}

TEST_CASE("transactions: with flush=os a marker counts at once") {
  TxnFixture fixture(FlushMode::kOs);
  fixture.open();
  fixture.write(7, {"a"});
  CHECK(fixture.last_stable() == 0);
  fixture.commit(7);
  CHECK(fixture.last_stable() == 2);
}

TEST_CASE("transactions: one that is not durable cannot hold a read behind the high watermark") {
  TxnFixture fixture;
  fixture.open();
  append_plain(fixture, "plain");
  fixture.write(7, {"a"});
  CHECK(fixture.last_stable() == 1);
  CHECK(fixture.log_->offsets().high_watermark == 1);
  CHECK(fixture.committed_values() == Strings{"plain"});
}

TEST_CASE("transactions: the oldest open one counts, whichever ends first") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(1, {"one"});
  fixture.write(2, {"two"});
  fixture.write(3, {"three"});
  fixture.flush();
  fixture.commit(2);
  fixture.flush();
  CHECK(fixture.last_stable() == 0);
  fixture.commit(1);
  fixture.flush();
  CHECK(fixture.last_stable() == 2);
  CHECK(fixture.committed_values() == Strings{"one", "two"});
  fixture.abort(3);
  fixture.flush();
  CHECK(fixture.last_stable() == 6);
  CHECK(fixture.committed_values() == Strings{"one", "two"});
}

TEST_CASE("transactions: read_uncommitted and a coordinator's replay see open ones") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"a"});
  fixture.flush();
  CHECK(fixture.values_from(0) == Strings{"a"});
  CHECK(fixture.read(0).aborted.empty());
  const auto replay = log.read({0, 1 << 20, true, Isolation::kReadCommitted, true});
  CHECK(test::values_in(replay.records.bytes(), 0) == Strings{"a"});
}

TEST_CASE("transactions: a read behind the last stable offset is empty, not an error") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"a", "b"});
  fixture.flush();
  for (const Offset from : {0, 1, 2}) {
    const auto read = fixture.read_committed(from);
    CHECK(read.error == ErrorCode::NONE);
    CHECK(read.records.size_bytes() == 0);
    CHECK(read.offsets.last_stable == 0);
  }
  CHECK(log.read({3, 1 << 20, true, Isolation::kReadCommitted}).error ==
        ErrorCode::OFFSET_OUT_OF_RANGE);
}

TEST_CASE("transactions: a read_committed read tells of the aborted ones that overlap it") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(1, {"0"});
  fixture.write(2, {"1"});
  fixture.commit(2);  // 2
  fixture.abort(1);   // 3
  fixture.write(3, {"4"});
  fixture.abort(3);  // 5
  append_plain(fixture, "6");
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == Pairs{{1, 0}, {3, 4}});
  CHECK(TxnFixture::aborted_in(fixture.read_committed(3)) == Pairs{{1, 0}, {3, 4}});
  CHECK(TxnFixture::aborted_in(fixture.read_committed(4)) == Pairs{{3, 4}});
  CHECK(TxnFixture::aborted_in(fixture.read_committed(6)).empty());
  CHECK(fixture.committed_values() == Strings{"1", "6"});
}

TEST_CASE("transactions: a short read tells of no transaction that begins far behind it") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(1, {test::kKibibyte});
  fixture.abort(1);
  for (int i = 0; i < 20; ++i) append_plain(fixture, test::kKibibyte);
  fixture.write(2, {test::kKibibyte});
  fixture.abort(2);
  fixture.flush();
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0, 4096)) == Pairs{{1, 0}});
  CHECK(TxnFixture::aborted_in(fixture.read_committed(2, 4096)).empty());
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == Pairs{{1, 0}, {2, 22}});
}

TEST_CASE("transactions: aborted ones are sorted by first offset, not by their markers") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(1, {"0"});
  fixture.write(2, {"1"});
  fixture.write(3, {"2"});
  fixture.abort(3);
  fixture.abort(1);
  fixture.abort(2);
  fixture.flush();
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == Pairs{{1, 0}, {2, 1}, {3, 2}});
}

TEST_CASE("transactions: one whose abort marker is segments away is told of") {
  TxnFixture fixture;
  fixture.config_.segment_bytes = 3000;
  auto& log = fixture.open();
  fixture.write(1, {"aborted"});
  for (int i = 0; i < 8; ++i) append_plain(fixture, test::kKibibyte);
  REQUIRE(log.segment_base_offsets().size() >= 4);
  CHECK(fixture.last_stable() == 0);
  fixture.abort(1);
  fixture.flush();
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0, 100)) == Pairs{{1, 0}});
  CHECK(TxnFixture::aborted_in(fixture.read_committed(4, 100)) == Pairs{{1, 0}});
  CHECK(fixture.committed_values().size() == 8);
}

TEST_CASE("transactions: an open one in an older segment bounds the read there") {
  TxnFixture fixture;
  fixture.config_.segment_bytes = 3000;
  fixture.config_.index_interval_bytes = 1000;
  fixture.open();
  for (int i = 0; i < 3; ++i) append_plain(fixture, test::kKibibyte);
  fixture.write(1, {test::kKibibyte});
  for (int i = 0; i < 6; ++i) append_plain(fixture, test::kKibibyte);
  CHECK(fixture.last_stable() == 3);
  CHECK(fixture.committed_values().size() == 3);
  CHECK(fixture.committed_values(2).size() == 1);
}

TEST_CASE("transactions: the last stable offset is never below the log start") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(1, {"a", "b", "c"});
  append_plain(fixture, "plain");
  REQUIRE(log.delete_records_before(2) == ErrorCode::NONE);
  CHECK(fixture.last_stable() == 2);
  CHECK(fixture.read_committed(2).records.size_bytes() == 0);
  fixture.abort(1);
  fixture.flush();
  CHECK(fixture.committed_values(2) == Strings{"plain"});
}

TEST_CASE("transactions: look-ups by time end at the last stable offset for read_committed") {
  TxnFixture fixture;
  auto& log = fixture.open();
  const auto first = fixture.clock_.wall_ms();
  fixture.write(1, {"a"});
  fixture.commit(1);
  fixture.clock_.advance_ms(1000);
  const auto second = fixture.clock_.wall_ms();
  fixture.write(1, {"b"});
  fixture.flush();
  CHECK(log.find_by_timestamp(second, Isolation::kReadUncommitted)->value().offset == 2);
  CHECK_FALSE(log.find_by_timestamp(second, Isolation::kReadCommitted)->has_value());
  CHECK(log.find_by_timestamp(first, Isolation::kReadCommitted)->value().offset == 0);
  CHECK(log.find_max_timestamp(Isolation::kReadUncommitted)->value().offset == 2);
  CHECK(log.find_max_timestamp(Isolation::kReadCommitted)->value().timestamp == first);
}

TEST_CASE("transactions: what producers have open is told") {
  TxnFixture fixture;
  auto& log = fixture.open();
  append_plain(fixture, "plain");
  fixture.write(7, {"a", "b"}, 3);
  const auto open = log.producers();
  REQUIRE(open.size() == 1);
  CHECK(open[0].producer_id == 7);
  CHECK(open[0].producer_epoch == 3);
  CHECK(open[0].last_sequence == 1);
  CHECK(open[0].coordinator_epoch == -1);
  CHECK(open[0].txn_first_offset == 1);
  fixture.clock_.advance_ms(500);
  log.append_marker({7, 4, 9, true, 2});
  const auto ended = log.producers();
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].producer_epoch == 4);
  CHECK(ended[0].last_sequence == -1);
  CHECK(ended[0].last_timestamp == fixture.clock_.wall_ms());
  CHECK(ended[0].coordinator_epoch == 9);
  CHECK(ended[0].txn_first_offset == -1);
}
