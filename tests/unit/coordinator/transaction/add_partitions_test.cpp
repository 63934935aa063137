#include <doctest/doctest.h>

#include "coordinator/limits.hpp"
#include "unit/coordinator/transaction_fixture.hpp"

namespace kreel::test {

using AddFixture = TransactionFixture;
using Errors = std::vector<ErrorCode>;

TEST_CASE_FIXTURE(AddFixture, "add: the first partition begins the transaction") {
  const Producer who = init();
  clock.advance_ms(5);
  CHECK(add(who) == ErrorCode::NONE);
  CHECK(state() == TransactionState::kOngoing);
  CHECK(find()->started_ms == clock.wall_ms());
  clock.advance_ms(5);
  CHECK(add(who, {{"orders", 1}, {"payments", 0}}) == ErrorCode::NONE);
  CHECK(find()->started_ms == clock.wall_ms() - 5);
  CHECK(find()->partitions == Partitions{{"orders", 0}, {"orders", 1}, {"payments", 0}});
}

TEST_CASE_FIXTURE(AddFixture, "add: what is in the transaction already writes nothing") {
  const Producer who = init();
  add(who, {{"orders", 0}, {"orders", 1}});
  CHECK(add(who, {{"orders", 1}}) == ErrorCode::NONE);
  CHECK(written() == Lines{"Empty", "Ongoing"});
}

TEST_CASE_FIXTURE(AddFixture,
                  "add: the answer to what is there already waits for the same record") {
  const Producer who = init();
  log.hold = true;
  std::vector<ErrorCode> told;
  const AddPartitions request{"pay", who.id, who.epoch, {{"orders", 0}}, kTransactionsV2};
  shard->add(request, [&](ErrorCode error) { told.push_back(error); });
  shard->add(request, [&](ErrorCode error) { told.push_back(error); });
  executor.run_ready();
  CHECK(told.empty());
  log.release();
  executor.run_ready();
  CHECK(told == Errors{ErrorCode::NONE, ErrorCode::NONE});
}

TEST_CASE_FIXTURE(AddFixture, "add: only the current producer of a known transactional id may") {
  CHECK(add({1'000, 0}) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  const Producer who = init();
  CHECK(add({who.id + 1, who.epoch}) == ErrorCode::INVALID_PRODUCER_ID_MAPPING);
  CHECK(add({who.id, 1}) == ErrorCode::PRODUCER_FENCED);
  CHECK(add(who, {{"orders", 0}}, kTransactionsV2, "") == ErrorCode::INVALID_REQUEST);
}

TEST_CASE_FIXTURE(AddFixture, "add: not while the transaction before is ending") {
  const Producer who = init();
  add(who);
  markers.hold = true;
  send_end(who, true, kTransactionsV0);
  CHECK(add(who, {{"orders", 4}}) == ErrorCode::CONCURRENT_TRANSACTIONS);
}

TEST_CASE_FIXTURE(AddFixture, "add: a transaction has a bounded number of partitions") {
  const Producer who = init();
  Partitions many;
  for (std::size_t p = 0; p < coordinator::kPartitionsPerTransactionMax; ++p) {
    many.insert({"orders", static_cast<PartitionId>(p)});
  }
  CHECK(add(who, many) == ErrorCode::NONE);
  CHECK(add(who, {{"payments", 0}}) == ErrorCode::POLICY_VIOLATION);
  CHECK(find()->partitions.size() == coordinator::kPartitionsPerTransactionMax);
}

TEST_CASE_FIXTURE(AddFixture, "verify: says which partitions the transaction has, and adds none") {
  const Producer who = init();
  add(who, {{"orders", 1}});
  CHECK(verify(who, {{"orders", 0}, {"orders", 1}}) ==
        Errors{ErrorCode::TRANSACTION_ABORTABLE, ErrorCode::NONE});
  CHECK(find()->partitions == Partitions{{"orders", 1}});
  CHECK(verify({who.id, 9}, {{"orders", 1}}) == Errors{ErrorCode::PRODUCER_FENCED});
  CHECK(verify({5, 0}, {{"orders", 1}}) == Errors{ErrorCode::INVALID_PRODUCER_ID_MAPPING});
}

TEST_CASE_FIXTURE(AddFixture, "verify: nothing is in a transaction that has ended") {
  const Producer who = init();
  add(who, {{"orders", 1}}, kTransactionsV0);
  REQUIRE(end_error(who, true, kTransactionsV0) == ErrorCode::NONE);
  CHECK(verify(who, {{"orders", 1}}) == Errors{ErrorCode::TRANSACTION_ABORTABLE});
}

}  // namespace kreel::test
