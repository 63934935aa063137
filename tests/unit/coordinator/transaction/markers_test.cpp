#include <doctest/doctest.h>

#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

class MarkersFixture : public TransactionFixture {
 public:
  MarkersFixture() {
    who = init();
    add(who, {{"orders", 0}, {"orders", 1}});
  }
  Producer who;
};

TEST_CASE_FIXTURE(MarkersFixture, "markers: a partition that fails for now is tried again, alone") {
  markers.errors[{"orders", 1}] = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
  CHECK(end_error(who, true) == ErrorCode::CONCURRENT_TRANSACTIONS);
  CHECK(state() == TransactionState::kPrepareCommit);
  markers.log.clear();
  markers.errors.clear();
  advance_ms(1'500);
  CHECK(markers.log == Lines{"commit orders-1 1000/1"});
  CHECK(state() == TransactionState::kCompleteCommit);
  CHECK(finish(who) == Producer{who.id, 1});
}

TEST_CASE_FIXTURE(MarkersFixture, "markers: a topic that is deleted meanwhile holds nothing up") {
  markers.errors[{"orders", 1}] = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  CHECK(end_error(who, true) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(MarkersFixture,
                  "KAFKA-19999: a partition that refuses the marker's epoch does not keep the "
                  "transaction from its end") {
  markers.errors[{"orders", 0}] = ErrorCode::INVALID_PRODUCER_EPOCH;
  markers.errors[{"orders", 1}] = ErrorCode::TRANSACTION_COORDINATOR_FENCED;
  CHECK(end_error(who, true) == ErrorCode::NONE);
  CHECK(state() == TransactionState::kCompleteCommit);
}

TEST_CASE_FIXTURE(MarkersFixture,
                  "KAFKA-19999: after a restart the same marker is sent again and the transaction "
                  "ends") {
  markers.hold = true;
  send_end(who, true);
  crash();
  markers.hold = false;
  markers.log.clear();
  start();
  CHECK(markers.log == Lines{"commit orders-0 1000/1", "commit orders-1 1000/1"});
  CHECK(state() == TransactionState::kCompleteCommit);
  CHECK(finish(who) == Producer{who.id, 1});
}

TEST_CASE_FIXTURE(MarkersFixture,
                  "KAFKA-16352: no transaction stays prepared over a failed write") {
  markers.hold = true;
  send_end(who, false);
  REQUIRE(state() == TransactionState::kPrepareAbort);
  log.fail_appends = 1;  // COMPLETE
  markers.hold = false;
  markers.release();
  advance_ms(1'500);
  CHECK(state() == TransactionState::kCompleteAbort);
}

TEST_CASE_FIXTURE(MarkersFixture,
                  "markers: a failed COMPLETE leaves the producer unanswered no longer") {
  markers.hold = true;
  const auto reply = send_end(who, true);
  log.fail_appends = 1;
  markers.hold = false;
  markers.release();
  executor.run_ready();
  REQUIRE(reply->has_value());
  CHECK((*reply)->error_code == ErrorCode::NOT_COORDINATOR);
  advance_ms(1'500);
  CHECK(finish(who) == Producer{who.id, 1});
}

TEST_CASE_FIXTURE(MarkersFixture, "markers: a PREPARE that fails is no verdict") {
  log.fail_appends = 1;
  CHECK(end_error(who, true) == ErrorCode::NOT_COORDINATOR);
  advance_ms(1'500);
  CHECK(state() == TransactionState::kOngoing);
  CHECK(finish(who, false) == Producer{who.id, 1});
  CHECK(markers.last.committed == false);
}

TEST_CASE_FIXTURE(MarkersFixture, "markers: a PREPARE that is not durable has no markers") {
  log.hold = true;
  const auto reply = send_end(who, true);
  log.release(ErrorCode::KAFKA_STORAGE_ERROR);
  executor.run_ready();
  CHECK(markers.log == Lines{"sync 2"});
  REQUIRE(reply->has_value());
  CHECK((*reply)->error_code == ErrorCode::NOT_COORDINATOR);
}

TEST_CASE_FIXTURE(MarkersFixture,
                  "markers: an answer that comes after the shard is gone is nobody's") {
  markers.hold = true;
  const auto reply = send_end(who, true);
  shard.reset();
  REQUIRE(reply->has_value());
  CHECK((*reply)->error_code == ErrorCode::NOT_COORDINATOR);
  markers.hold = false;
  markers.release();
  executor.run_ready();
  start();
  CHECK(state() == TransactionState::kCompleteCommit);
}

}  // namespace kreel::test
