#include <doctest/doctest.h>

#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

using EndFixture = TransactionFixture;

TEST_CASE_FIXTURE(EndFixture, "end: syncs the records, then PREPARE, markers, COMPLETE, answer") {
  const Producer who = init();
  add(who, {{"orders", 0}, {"orders", 1}});
  log.hold = markers.hold = true;
  const auto reply = send_end(who, true);
  CHECK(markers.log == Lines{"sync 2"});
  CHECK(written().back() == "PrepareCommit");

  log.release();  // PREPARE
  executor.run_ready();
  CHECK(markers.log == Lines{"sync 2", "commit orders-0 1000/1", "commit orders-1 1000/1"});
  CHECK(written().back() == "PrepareCommit");

  markers.release();
  executor.run_ready();
  CHECK(written().back() == "CompleteCommit");
  CHECK_FALSE(reply->has_value());

  log.release();  // COMPLETE
  executor.run_ready();
  REQUIRE(reply->has_value());
  CHECK((*reply)->error_code == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(EndFixture, "end: no PREPARE when the records cannot be brought to the disk") {
  const Producer who = init();
  add(who);
  markers.sync_error = ErrorCode::KAFKA_STORAGE_ERROR;
  CHECK(end_error(who, true) == ErrorCode::NOT_COORDINATOR);
  CHECK(written() == Lines{"Empty", "Ongoing"});
}

TEST_CASE_FIXTURE(EndFixture,
                  "end: the marker carries the verdict, the coordinator's epoch, and v2's epoch") {
  const Producer who = init();
  add(who);
  finish(who);
  CHECK(markers.last == TransactionMarker{.producer_id = who.id,
                                          .producer_epoch = 1,
                                          .committed = true,
                                          .coordinator_epoch = 7,
                                          .transaction_version = kTransactionsV2,
                                          .by_its_coordinator = true});
}

TEST_CASE_FIXTURE(EndFixture, "end v1: the epoch stays, the same verdict again is no error") {
  const Producer who = init();
  add(who, {{"orders", 0}}, kTransactionsV0);
  CHECK(end_error(who, true, kTransactionsV0) == ErrorCode::NONE);
  CHECK(markers.log.back() == "commit orders-0 1000/0");
  CHECK(find()->producer_epoch == 0);
  CHECK(end_error(who, true, kTransactionsV0) == ErrorCode::NONE);
  CHECK(end_error(who, false, kTransactionsV0) == ErrorCode::INVALID_TXN_STATE);
  CHECK(written() == Lines{"Empty", "Ongoing", "PrepareCommit", "CompleteCommit"});
}

TEST_CASE_FIXTURE(EndFixture, "end v1: nothing open is no transaction to end") {
  const Producer who = init();
  CHECK(end_error(who, true, kTransactionsV0) == ErrorCode::INVALID_TXN_STATE);
  CHECK(end_error(who, false, kTransactionsV0) == ErrorCode::INVALID_TXN_STATE);
}

TEST_CASE_FIXTURE(EndFixture, "end v1: a second transaction follows the first at the same epoch") {
  const Producer who = init();
  add(who, {{"orders", 0}}, kTransactionsV0);
  REQUIRE(end_error(who, true, kTransactionsV0) == ErrorCode::NONE);
  add(who, {{"orders", 3}}, kTransactionsV0);
  CHECK(end_error(who, false, kTransactionsV0) == ErrorCode::NONE);
  CHECK(markers.log.back() == "abort orders-3 1000/0");
}

TEST_CASE_FIXTURE(EndFixture, "end v2: each transaction has an epoch of its own (KIP-890)") {
  Producer who = init();
  for (ProducerEpoch epoch = 0; epoch < 3; ++epoch) {
    CHECK(who == Producer{1'000, epoch});
    add(who);
    who = finish(who);
  }
  CHECK(who == Producer{1'000, 3});
}

TEST_CASE_FIXTURE(EndFixture,
                  "end v2: a retry gets the answer of the first, the other verdict an error") {
  const Producer who = init();
  add(who);
  const Producer next = finish(who);
  CHECK(finish(who) == next);
  CHECK(end_error(who, false) == ErrorCode::INVALID_TXN_STATE);
  CHECK(written() == Lines{"Empty", "Ongoing", "PrepareCommit", "CompleteCommit"});
}

TEST_CASE_FIXTURE(
    EndFixture, "end v2: the end of an older client's transaction is no retry of whom it fenced") {
  const Producer fenced = init();
  const Producer older_client = init();
  for (const bool committed : {true, false}) {
    add(older_client, {{"orders", 0}}, kTransactionsV0);
    REQUIRE(end_error(older_client, committed, kTransactionsV0) == ErrorCode::NONE);
    CHECK(end_error(fenced, committed) == ErrorCode::PRODUCER_FENCED);
    start();
    CHECK(end_error(fenced, committed) == ErrorCode::PRODUCER_FENCED);
  }
}

TEST_CASE_FIXTURE(EndFixture, "end v2: the retry works after a restart too") {
  const Producer who = init();
  add(who);
  const Producer next = finish(who);
  start();
  CHECK(finish(who) == next);
}

TEST_CASE_FIXTURE(EndFixture,
                  "end v2: a late end of one transaction never ends the next (KIP-890)") {
  const Producer who = init();
  add(who);
  const Producer next = finish(who);
  add(next, {{"orders", 5}});
  CHECK(end_error(who, true) == ErrorCode::PRODUCER_FENCED);
  CHECK(end_error(who, false) == ErrorCode::PRODUCER_FENCED);
  CHECK(state() == TransactionState::kOngoing);
}

TEST_CASE_FIXTURE(EndFixture,
                  "end v2: who waits for a transaction that is ending gets its answer") {
  const Producer who = init();
  add(who);
  markers.hold = true;
  const auto first = send_end(who, true);
  const auto again = send_end(who, true);
  CHECK_FALSE(again->has_value());
  CHECK(end_error(who, false) == ErrorCode::INVALID_TXN_STATE);
  CHECK(end_error({who.id, 1}, true) == ErrorCode::PRODUCER_FENCED);
  markers.hold = false;
  markers.release();
  executor.run_ready();
  REQUIRE(first->has_value());
  REQUIRE(again->has_value());
  CHECK(**first == **again);
}

TEST_CASE_FIXTURE(EndFixture,
                  "end v2: what has no partition is aborted with a new epoch, not committed") {
  const Producer who = init();
  CHECK(end_error(who, true) == ErrorCode::INVALID_TXN_STATE);
  const Producer next = finish(who, false);
  CHECK(next == Producer{who.id, 1});
  CHECK(markers.log.empty());
  const Producer after = finish(next, false);
  CHECK(after == Producer{who.id, 2});
  add(after);
  const Producer last = finish(after);
  CHECK(end_error(last, true) == ErrorCode::INVALID_TXN_STATE);
  CHECK(finish(last, false) == Producer{who.id, 4});
}

TEST_CASE_FIXTURE(EndFixture,
                  "end v2: after the last epoch the next transaction has a new producer id") {
  Transaction last;
  last.producer_id = 50;
  last.producer_epoch = coordinator::kLastClientEpoch;
  last.timeout_ms = 1'000;
  last.updated_ms = clock.wall_ms();
  leave("pay", last);
  start();
  const Producer who{50, coordinator::kLastClientEpoch};
  REQUIRE(add(who) == ErrorCode::NONE);
  const Producer next = finish(who);
  CHECK(next == Producer{1'000, 0});
  CHECK(markers.log.back() == "commit orders-0 50/32767");
  CHECK(finish(who) == next);  // a retry
  start();
  CHECK(finish(who) == next);
  CHECK(add(next) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(EndFixture, "end: an unknown producer ends nothing") {
  CHECK(end_error({1, 0}, true) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  const Producer who = init();
  add(who);
  CHECK(end_error({who.id + 1, 0}, true) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  CHECK(end_error({who.id, 1}, true) == ErrorCode::PRODUCER_FENCED);
  CHECK(end_error({who.id, 1}, true, kTransactionsV0) == ErrorCode::PRODUCER_FENCED);
}

TEST_CASE_FIXTURE(
    EndFixture, "KAFKA-18575: who has the answer finds the transaction over and begins the next") {
  const Producer who = init();
  add(who);
  std::optional<ErrorCode> added;
  shard->end(
      EndTransaction{"pay", who.id, who.epoch, true, kTransactionsV2}, [&](const auto& ended) {
        shard->add(
            AddPartitions{
                "pay", ended.producer_id, ended.producer_epoch, {{"orders", 2}}, kTransactionsV2},
            [&](ErrorCode error) { added = error; });
      });
  executor.run_ready();
  CHECK(added == ErrorCode::NONE);
  CHECK(find()->partitions == Partitions{{"orders", 2}});
}

}  // namespace kreel::test
