#include <doctest/doctest.h>

#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

using TimeoutsFixture = TransactionFixture;

TEST_CASE_FIXTURE(TimeoutsFixture,
                  "timeout: a transaction that takes too long is aborted and its producer fenced") {
  const Producer who = init();
  add(who);
  advance_ms(timeout_ms - 1'000);
  CHECK(state() == TransactionState::kOngoing);
  advance_ms(1'000 + config.abort_timed_out_interval_ms);
  CHECK(state() == TransactionState::kCompleteAbort);
  CHECK(markers.log == Lines{"abort orders-0 1000/1"});
  CHECK(add(who) == ErrorCode::PRODUCER_FENCED);
  CHECK(end_error(who, true) == ErrorCode::INVALID_TXN_STATE);
  CHECK(end_error(who, true, kTransactionsV0) == ErrorCode::PRODUCER_FENCED);
}

TEST_CASE_FIXTURE(TimeoutsFixture, "timeout: at the last epoch the fence takes the largest one") {
  Transaction last;
  last.producer_id = 50;
  last.producer_epoch = coordinator::kLastClientEpoch;
  last.timeout_ms = timeout_ms;
  last.updated_ms = clock.wall_ms();
  leave("pay", last);
  start();
  add({50, coordinator::kLastClientEpoch});
  advance_ms(timeout_ms + config.abort_timed_out_interval_ms);
  CHECK(markers.log == Lines{"abort orders-0 50/32767"});
  CHECK(init() == Producer{1'000, 0});
}

TEST_CASE_FIXTURE(TimeoutsFixture,
                  "timeout: who lost a transaction of the last epoch gets a new producer id") {
  Transaction last;
  last.producer_id = 50;
  last.producer_epoch = coordinator::kLastClientEpoch;
  last.timeout_ms = timeout_ms;
  last.updated_ms = clock.wall_ms();
  leave("pay", last);
  start();
  const Producer who{50, coordinator::kLastClientEpoch};
  add(who);
  advance_ms(timeout_ms + config.abort_timed_out_interval_ms);
  for (int times = 0; times < 2; ++times) {  // also when the first answer was lost
    const auto reply = init_reply(who);
    CHECK(reply.error_code == ErrorCode::NONE);
    CHECK(reply.producer_id == 1'000);
    CHECK(reply.producer_epoch == 0);
  }
  CHECK(add({1'000, 0}) == ErrorCode::NONE);
}

TEST_CASE_FIXTURE(TimeoutsFixture, "timeout: a wall clock that jumps aborts nothing") {
  const Producer who = init();
  add(who);
  clock.jump_wall_ms(24 * 3'600'000);
  advance_ms(2 * config.abort_timed_out_interval_ms);
  CHECK(state() == TransactionState::kOngoing);
}

TEST_CASE_FIXTURE(TimeoutsFixture, "timeout: what is prepared or over has none") {
  const Producer who = init();
  add(who);
  finish(who);
  advance_ms(2 * timeout_ms);
  CHECK(state() == TransactionState::kCompleteCommit);
}

TEST_CASE_FIXTURE(TimeoutsFixture,
                  "expiry: an unused transactional id is forgotten, an open one is not") {
  config.transactional_id_expiration_ms = 100'000;
  config.remove_expired_interval_ms = 10'000;
  start();
  init("unused");
  Producer busy = init("pay");
  add(busy);
  finish(busy);
  timeout_ms = config.transaction_max_timeout_ms;
  const Producer open = init("open");
  add(open, {{"orders", 0}}, kTransactionsV2, "open");
  advance_ms(95'000);
  CHECK(find("unused") != nullptr);
  advance_ms(20'000);
  CHECK(find("unused") == nullptr);
  CHECK(find("pay") == nullptr);
  CHECK(state("open") == TransactionState::kOngoing);
  CHECK(written("unused").back() == "gone");
  CHECK(add(busy) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  CHECK(init("unused").epoch == 0);
}

}  // namespace kreel::test
