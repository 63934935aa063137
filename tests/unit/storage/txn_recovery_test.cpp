// What a start finds of transactions: open ones, and the index of aborted ones.
#include "storage/segment_tools.hpp"
#include "unit/storage/txn_fixture.hpp"

using namespace kreel;
using namespace kreel::storage;
using protocol::ErrorCode;
using test::TxnFixture;

namespace {

using Strings = std::vector<std::string>;
using Pairs = std::vector<std::pair<ProducerId, Offset>>;

/// Several segments with transactions that end in other segments than they begin in.
void write_history(TxnFixture& fixture) {
  fixture.config_.segment_bytes = 3000;
  fixture.open();
  fixture.write(1, {"aborted 1"});
  fixture.write(2, {"kept 1"});
  for (int i = 0; i < 4; ++i) fixture.append_durably({test::kKibibyte});
  fixture.abort(1);
  fixture.commit(2);
  fixture.write(1, {"aborted 2"});
  fixture.abort(1);
  for (int i = 0; i < 4; ++i) fixture.append_durably({test::kKibibyte});
  fixture.write(3, {"open"});
  fixture.write(2, {"kept 2"});
  fixture.commit(2);
  fixture.flush();
}

Strings history_seen(TxnFixture& fixture) {
  auto values = fixture.committed_values();
  std::erase(values, test::kKibibyte);
  return values;
}

}  // namespace

TEST_CASE("recovery: open transactions hold the last stable offset after a crash and a stop") {
  TxnFixture fixture;
  write_history(fixture);
  const auto stable = fixture.last_stable();
  REQUIRE(stable < fixture.log_->offsets().high_watermark);
  const auto seen = fixture.committed_values();
  const auto check = [&] {
    CHECK(fixture.last_stable() == stable);
    CHECK(fixture.committed_values() == seen);
    CHECK_FALSE(fixture.log_->start_verification({3, 0, 1, false}));
  };
  fixture.crash();
  check();
  fixture.restart();
  check();
  fixture.restart();
  check();
  CHECK(fixture.abort(3).error == ErrorCode::NONE);
  fixture.flush();
  CHECK(history_seen(fixture) == Strings{"kept 1", "kept 2"});
}

TEST_CASE("recovery: the index of aborted transactions is that of before, in Kafka's format") {
  TxnFixture fixture;
  write_history(fixture);
  std::vector<AbortedTxn> before;
  const auto index_of = [&] {
    std::vector<AbortedTxn> all;
    for (const auto base : fixture.log_->segment_base_offsets()) {
      const auto path = fixture.segment(base, kTxnIndexSuffix);
      segments::DumpCallbacks callbacks;
      callbacks.aborted_transaction = [&](const segments::AbortedTransaction& txn) {
        CHECK(txn.version == 0);
        CHECK(txn.last_offset >= base);
        all.push_back(
            {txn.producer_id, txn.first_offset, txn.last_offset, txn.last_stable_offset});
      };
      REQUIRE(dump_file(fixture.fs_, path, callbacks));
    }
    return all;
  };
  fixture.restart();
  before = index_of();
  REQUIRE(before.size() == 2);
  CHECK(before[0].first_offset == 0);
  CHECK(before[0].last_stable_offset == 1);
  CHECK(before[1].last_stable_offset == before[1].last_offset + 1);
  fixture.crash();
  fixture.restart();
  CHECK(index_of() == before);
}

TEST_CASE("recovery: an index of aborted transactions that is missing or damaged is rebuilt") {
  TxnFixture fixture;
  write_history(fixture);
  const auto seen = TxnFixture::aborted_in(fixture.read_committed(0));
  const auto visible = fixture.committed_values();
  fixture.restart();
  for (const auto base : fixture.log_->segment_base_offsets()) {
    for (const bool remove : {true, false}) {
      fixture.manager_->stop();
      fixture.close();
      const auto path = fixture.segment(base, kTxnIndexSuffix);
      if (remove) {
        REQUIRE(fixture.fs_.remove_file(path));
      } else {
        fixture.content(path).resize(AbortedTxn::kBytes + 3);
      }
      fixture.open();
      CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == seen);
      CHECK(fixture.committed_values() == visible);
    }
  }
}

TEST_CASE("recovery: without any derived file transactions are as they were") {
  TxnFixture fixture;
  write_history(fixture);
  const auto stable = fixture.last_stable();
  const auto visible = fixture.committed_values();
  fixture.close();
  const auto names = *fixture.fs_.list("/data/orders-0");
  for (const auto& name : names) {
    if (!name.ends_with(kLogSuffix)) REQUIRE(fixture.fs_.remove_file(fixture.path(name)));
  }
  fixture.open();
  CHECK(fixture.last_stable() == stable);
  CHECK(fixture.committed_values() == visible);
}

TEST_CASE("recovery: an abort marker that was cut off is not in the index any more") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"});
  fixture.abort(7);
  fixture.flush();
  const auto whole = fixture.content(fixture.segment(0)).size();
  fixture.write(7, {"b"});
  fixture.abort(7);
  fixture.manager_->stop();
  const auto log = fixture.content(fixture.segment(0));
  fixture.close();
  REQUIRE(fixture.content(fixture.segment(0, kTxnIndexSuffix)).size() == 2 * AbortedTxn::kBytes);
  REQUIRE(fixture.fs_.remove_file("/data/.kafka_cleanshutdown"));
  REQUIRE(fixture.fs_.remove_file("/data/kreel-durable-marks"));
  fixture.content(fixture.segment(0)).resize(log.size() - 10);
  fixture.open();
  CHECK(fixture.last_stable() == 2);
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == Pairs{{7, 0}});
  fixture.commit(7);
  fixture.flush();
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == Pairs{{7, 0}});
  CHECK(fixture.committed_values() == Strings{"b"});
  fixture.restart();
  CHECK(TxnFixture::aborted_in(fixture.read_committed(0)) == Pairs{{7, 0}});
  CHECK(fixture.content(fixture.segment(0, kTxnIndexSuffix)).size() == AbortedTxn::kBytes);
  CHECK(fixture.content(fixture.segment(0)).size() > whole);
}

TEST_CASE("segments: a control batch is dumped as what it is") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"a"});
  log.append_marker({7, 0, 5, true, 0});
  fixture.write(7, {"b"});
  log.append_marker({7, 0, 6, false, 0});
  std::vector<segments::Batch> batches;
  segments::DumpCallbacks callbacks;
  callbacks.batch = [&](const segments::Batch& batch) { batches.push_back(batch); };
  REQUIRE(dump_file(fixture.fs_, fixture.segment(0), callbacks));
  REQUIRE(batches.size() == 4);
  CHECK_FALSE(batches[0].marker);
  CHECK(batches[1].is_control);
  REQUIRE(batches[1].marker);
  CHECK(batches[1].marker->committed);
  CHECK(batches[1].marker->coordinator_epoch == 5);
  REQUIRE(batches[3].marker);
  CHECK_FALSE(batches[3].marker->committed);
}

TEST_CASE("segments: an index of aborted transactions that does not fit is told") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"});
  fixture.abort(7);
  fixture.manager_->stop();
  fixture.close();
  const auto findings = [&] {
    const auto report = verify(fixture.fs_, "/data");
    REQUIRE(report);
    return report->findings.size();
  };
  CHECK(findings() == 0);
  auto& content = fixture.content(fixture.segment(0, kTxnIndexSuffix));
  REQUIRE(content.size() == AbortedTxn::kBytes);
  content[25] = std::byte{9};  // the marker's offset: behind the end
  CHECK(findings() == 1);
  content.resize(30);
  CHECK(findings() == 1);
}

TEST_CASE("retention: the index of aborted transactions goes with its segment") {
  TxnFixture fixture;
  write_history(fixture);
  fixture.restart();
  auto& log = *fixture.log_;
  const auto first = log.segment_base_offsets().front();
  REQUIRE(fixture.exists(fixture.segment(first, kTxnIndexSuffix)));
  fixture.config_.retention_bytes = 1;
  log.set_config(fixture.config_);
  REQUIRE(log.apply_retention({}));
  REQUIRE(log.offsets().log_start > 0);
  CHECK_FALSE(fixture.exists(fixture.segment(first, kTxnIndexSuffix)));
  CHECK(fixture.exists(fixture.segment(first, kTxnIndexSuffix) + ".deleted"));
}
