#include <doctest/doctest.h>

#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

using InitFixture = TransactionFixture;

TEST_CASE_FIXTURE(InitFixture, "init: a new transactional id gets a new producer id and epoch 0") {
  CHECK(init() == Producer{1'000, 0});
  CHECK(init("other") == Producer{1'001, 0});
  CHECK(state() == TransactionState::kEmpty);
}

TEST_CASE_FIXTURE(InitFixture,
                  "init: the second producer has the next epoch, the first is fenced") {
  const Producer first = init();
  const Producer second = init();
  CHECK(second == Producer{first.id, 1});
  CHECK(add(first) == ErrorCode::PRODUCER_FENCED);
  CHECK(end_error(first, true) == ErrorCode::PRODUCER_FENCED);
  CHECK(add(second) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(InitFixture, "init: the answer waits until the record is on disk") {
  log.hold = true;
  const auto reply = send_init();
  CHECK_FALSE(reply->has_value());
  log.release();
  executor.run_ready();
  REQUIRE(reply->has_value());
  CHECK((*reply)->producer_id == 1'000);
}

TEST_CASE_FIXTURE(InitFixture, "init: a failed write gives no producer id") {
  log.fail_appends = 1;
  const auto reply = init_reply();
  CHECK(reply.error_code == ErrorCode::NOT_COORDINATOR);
  CHECK(reply.producer_id == -1);
  CHECK(reply.producer_epoch == -1);
}

TEST_CASE_FIXTURE(InitFixture, "init: without producer ids to give, the client comes again") {
  no_ids = true;
  CHECK(init_reply().error_code == ErrorCode::COORDINATOR_NOT_AVAILABLE);
}

TEST_CASE_FIXTURE(InitFixture, "init: two first requests at once get one producer id, two epochs") {
  hold_ids = true;
  const auto first = send_init();
  const auto second = send_init();
  for (auto& give : held_ids) give(next_id++);
  executor.run_ready();
  REQUIRE(first->has_value());
  REQUIRE(second->has_value());
  CHECK((*first)->producer_id == (*second)->producer_id);
  CHECK((*first)->producer_epoch == 0);
  CHECK((*second)->producer_epoch == 1);
}

TEST_CASE_FIXTURE(InitFixture, "init: timeouts outside of the broker's range are refused") {
  timeout_ms = 0;
  CHECK(init_reply().error_code == ErrorCode::INVALID_TRANSACTION_TIMEOUT);
  timeout_ms = config.transaction_max_timeout_ms + 1;
  CHECK(init_reply().error_code == ErrorCode::INVALID_TRANSACTION_TIMEOUT);
  timeout_ms = config.transaction_max_timeout_ms;
  CHECK(init_reply().error_code == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(InitFixture, "init: an empty transactional id or half a producer is no request") {
  CHECK(init_reply({}, "").error_code == ErrorCode::INVALID_REQUEST);
  CHECK(init_reply({1'000, -1}).error_code == ErrorCode::INVALID_REQUEST);
  CHECK(init_reply({-1, 3}).error_code == ErrorCode::INVALID_REQUEST);
}

TEST_CASE_FIXTURE(InitFixture,
                  "init: a producer that names its epoch gets the next one (KIP-360)") {
  const Producer first = init();
  const auto reply = init_reply(first);
  CHECK(reply.producer_id == first.id);
  CHECK(reply.producer_epoch == 1);
}

TEST_CASE_FIXTURE(InitFixture,
                  "init: asking twice with one epoch gives the same answer (KIP-360)") {
  const Producer first = init();
  init_reply(first);
  const auto again = init_reply(first);
  CHECK(again.error_code == ErrorCode::NONE);
  CHECK(again.producer_epoch == 1);
}

TEST_CASE_FIXTURE(InitFixture, "init: a producer that another has replaced is fenced (KIP-360)") {
  const Producer first = init();
  init();
  CHECK(init_reply(first).error_code == ErrorCode::PRODUCER_FENCED);
  CHECK(init_reply({first.id + 5, 0}).error_code == ErrorCode::PRODUCER_FENCED);
}

TEST_CASE_FIXTURE(InitFixture,
                  "init: an unknown transactional id takes no producer id from outside") {
  const auto reply = init_reply({77, 5});
  CHECK(reply.producer_id == 1'000);
  CHECK(reply.producer_epoch == 0);
}

TEST_CASE_FIXTURE(InitFixture, "init: an open transaction is aborted before the answer") {
  const Producer first = init();
  REQUIRE(add(first) == ErrorCode::NONE);
  const Producer second = init();
  CHECK(second == Producer{first.id, 2});
  CHECK(markers.log == Lines{"abort orders-0 1000/1"});
  CHECK(written() == Lines{"Empty", "Ongoing", "PrepareAbort", "CompleteAbort", "Empty"});
  CHECK(end_error(first, true) == ErrorCode::PRODUCER_FENCED);
}

TEST_CASE_FIXTURE(InitFixture, "init: a zombie cannot abort the transaction of who replaced it") {
  const Producer zombie = init();
  const Producer current = init();
  REQUIRE(add(current) == ErrorCode::NONE);
  CHECK(init_reply(zombie).error_code == ErrorCode::PRODUCER_FENCED);
  CHECK(state() == TransactionState::kOngoing);
}

TEST_CASE_FIXTURE(InitFixture, "init: waits for a transaction that is ending") {
  const Producer first = init();
  REQUIRE(add(first) == ErrorCode::NONE);
  markers.hold = true;
  const auto ended = send_end(first, true);
  const auto next = send_init();
  CHECK_FALSE(next->has_value());
  markers.hold = false;
  markers.release();
  executor.run_ready();
  REQUIRE(next->has_value());
  CHECK((*next)->producer_epoch == 2);
  REQUIRE(ended->has_value());
  CHECK((*ended)->producer_epoch == 1);
}

TEST_CASE_FIXTURE(InitFixture, "init: after the last epoch comes a new producer id") {
  Transaction last;
  last.producer_id = 50;
  last.producer_epoch = coordinator::kLastClientEpoch;
  last.timeout_ms = 1'000;
  last.updated_ms = clock.wall_ms();
  leave("pay", last);
  start();
  CHECK(init() == Producer{1'000, 0});
  CHECK(find()->previous_producer_id == 50);
}

TEST_CASE_FIXTURE(InitFixture, "init: the retry over the change of producer ids is no fencing") {
  Transaction last;
  last.producer_id = 50;
  last.producer_epoch = coordinator::kLastClientEpoch;
  last.timeout_ms = 1'000;
  last.updated_ms = clock.wall_ms();
  leave("pay", last);
  start();
  const Producer old{50, coordinator::kLastClientEpoch};
  const auto first = init_reply(old);
  const auto again = init_reply(old);
  CHECK(first.producer_id == 1'000);
  CHECK(again.error_code == ErrorCode::NONE);
  CHECK(again.producer_id == 1'000);
  CHECK(again.producer_epoch == 0);
}

TEST_CASE_FIXTURE(InitFixture, "init: who lost its transaction to a timeout goes on (KIP-588)") {
  const Producer first = init();
  REQUIRE(add(first) == ErrorCode::NONE);
  advance_ms(timeout_ms + config.abort_timed_out_interval_ms);
  REQUIRE(state() == TransactionState::kCompleteAbort);
  SUBCASE("in the same life") {}
  SUBCASE("after a restart") {
    start();
  }
  const auto reply = init_reply(first);
  CHECK(reply.error_code == ErrorCode::NONE);
  CHECK(reply.producer_id == first.id);
  CHECK(reply.producer_epoch == 1);
}

}  // namespace kreel::test
