// Which transactional batches and markers a partition refuses (KIP-98, KIP-360, KIP-890).
#include "unit/storage/txn_fixture.hpp"

using namespace kreel;
using namespace kreel::storage;
using protocol::ErrorCode;
using test::TxnFixture;

namespace {

constexpr bool kEpochPerTransaction = true;

ErrorCode append_unasked(TxnFixture& fixture, Bytes batch) {
  return fixture.log_->append(batch, AppendOrigin::kClient).error;
}

MarkerOptions marker(ProducerId id, ProducerEpoch epoch, std::int8_t version) {
  return {id, epoch, 0, true, version};
}

}  // namespace

TEST_CASE("transactions: the first batch needs the coordinator's word, the next ones do not") {
  TxnFixture fixture;
  fixture.open();
  CHECK(append_unasked(fixture, fixture.next_batch(7, {"a"})) == ErrorCode::INVALID_TXN_STATE);
  CHECK(fixture.log_->offsets().log_end == 0);
  CHECK(fixture.write(7, {"a"}).error == ErrorCode::NONE);
  CHECK_FALSE(fixture.log_->start_verification({7, 0, 1, false}));
  CHECK(append_unasked(fixture, fixture.next_batch(7, {"b"})) == ErrorCode::NONE);
}

TEST_CASE("transactions: a batch behind the end of its transaction is refused (KIP-890)") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"});
  fixture.commit(7);
  CHECK(append_unasked(fixture, fixture.next_batch(7, {"late"})) == ErrorCode::INVALID_TXN_STATE);
  fixture.flush();
  CHECK(fixture.last_stable() == 2);
}

TEST_CASE("transactions: a marker between question and answer voids the answer (KIP-890)") {
  TxnFixture fixture;
  auto& log = fixture.open();
  const auto guard = log.start_verification({7, 0, 0, false});
  REQUIRE(guard);
  fixture.abort(7);
  auto batch = fixture.next_batch(7, {"late"});
  CHECK(log.append_verified(batch, guard).error == ErrorCode::INVALID_TXN_STATE);
  const auto next = log.start_verification({7, 0, 0, false});
  CHECK(next.id != guard.id);
  CHECK(log.append_verified(batch, guard).error == ErrorCode::INVALID_TXN_STATE);
  CHECK(log.append_verified(batch, next).error == ErrorCode::NONE);
}

TEST_CASE("transactions: the word for one producer is none for another") {
  TxnFixture fixture;
  auto& log = fixture.open();
  const auto guard = log.start_verification({7, 0, 0, false});
  auto batch = fixture.next_batch(8, {"a"});
  CHECK(log.append_verified(batch, guard).error == ErrorCode::INVALID_TXN_STATE);
}

TEST_CASE("transactions: a retried batch of an ended transaction is still a duplicate") {
  TxnFixture fixture;
  fixture.open();
  auto batch = fixture.next_batch(7, {"a"});
  fixture.write(7, {"a"});
  fixture.commit(7);
  const auto again = fixture.log_->append(batch, AppendOrigin::kClient);
  CHECK(again.error == ErrorCode::NONE);
  CHECK(again.duplicate);
  CHECK(again.base_offset == 0);
}

TEST_CASE("transactions: a later batch cannot overtake the first one (KAFKA-14884)") {
  TxnFixture fixture;
  auto& log = fixture.open();
  // Both were sent; the question for the first one had no answer.
  log.start_verification({7, 0, 0, false});
  test::BatchOptions options;
  options.producer_id = 7;
  options.producer_epoch = 0;
  options.base_sequence = 1;
  options.transactional = true;
  auto second = test::make_batch({"second"}, options);
  const auto guard = log.start_verification({7, 0, 1, false});
  CHECK(log.append_verified(second, guard).error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(fixture.write(7, {"first"}).error == ErrorCode::NONE);
  CHECK(append_unasked(fixture, second) == ErrorCode::NONE);
}

TEST_CASE("transactions: with an epoch for each, a new producer begins with sequence 0") {
  TxnFixture fixture;
  auto& log = fixture.open();
  test::BatchOptions options;
  options.producer_id = 7;
  options.producer_epoch = 1;
  options.base_sequence = 5;
  options.transactional = true;
  auto batch = test::make_batch({"a"}, options);
  const auto strict = log.start_verification({7, 1, 5, kEpochPerTransaction});
  CHECK(log.append_verified(batch, strict).error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  options.producer_id = 8;
  batch = test::make_batch({"a"}, options);
  const auto lenient = log.start_verification({8, 1, 5, false});
  CHECK(log.append_verified(batch, lenient).error == ErrorCode::NONE);
}

TEST_CASE("transactions: an older epoch is told so, rather than that it has no transaction") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"}, 3);
  fixture.commit(7, 4);
  CHECK(append_unasked(fixture, fixture.next_batch(7, {"zombie"}, 3)) ==
        ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(fixture.write(7, {"b"}, 4).error == ErrorCode::NONE);
}

TEST_CASE("transactions: a record outside of the producer's open transaction is refused") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"});
  test::BatchOptions plain;
  plain.producer_id = 7;
  plain.producer_epoch = 0;
  plain.base_sequence = 1;
  CHECK(fixture.append({"plain"}, plain).error == ErrorCode::INVALID_TXN_STATE);
  fixture.commit(7);
  CHECK(fixture.append({"plain"}, plain).error == ErrorCode::NONE);
}

TEST_CASE("transactions: a transactional batch without a producer is refused") {
  TxnFixture fixture;
  fixture.open();
  test::BatchOptions nobody;
  nobody.transactional = true;
  CHECK(fixture.append({"a"}, nobody).error == ErrorCode::INVALID_RECORD);
}

TEST_CASE("transactions: a coordinator's own records of an older epoch are refused") {
  TxnFixture fixture;
  auto& log = fixture.open();
  log.append_marker(marker(7, 4, 0));
  test::BatchOptions options;
  options.producer_id = 7;
  options.producer_epoch = 3;
  options.transactional = true;
  auto late = test::make_batch({"offsets"}, options);
  CHECK(log.append(late, AppendOrigin::kCoordinator).error == ErrorCode::INVALID_PRODUCER_EPOCH);
  options.producer_epoch = 4;
  auto current = test::make_batch({"offsets"}, options);
  CHECK(log.append(current, AppendOrigin::kCoordinator).error == ErrorCode::NONE);
  CHECK(log.producers()[0].txn_first_offset == 1);
}

TEST_CASE("markers: of an older epoch they are refused") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"a"}, 3);
  CHECK(log.append_marker(marker(7, 2, 0)).error == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(log.append_marker(marker(7, 3, 0)).error == ErrorCode::NONE);
}

TEST_CASE("markers: with transaction version 2 the epoch is newer than the records' (KIP-890)") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"a"}, 3);
  CHECK(log.append_marker(marker(7, 3, 2)).error == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(log.append_marker(marker(7, 4, 2)).error == ErrorCode::NONE);
}

TEST_CASE("markers: one that is sent again is no error, also after a restart (KAFKA-19999)") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"}, 3);
  CHECK(fixture.log_->append_marker(marker(7, 4, 2)).error == ErrorCode::NONE);
  CHECK(fixture.log_->append_marker(marker(7, 4, 2)).error == ErrorCode::NONE);
  fixture.flush();
  fixture.crash();
  CHECK(fixture.log_->append_marker(marker(7, 4, 2)).error == ErrorCode::NONE);
  fixture.restart();
  CHECK(fixture.log_->append_marker(marker(7, 4, 2)).error == ErrorCode::NONE);
  fixture.flush();
  CHECK(fixture.last_stable() == fixture.log_->offsets().high_watermark);
  // It never ends the next transaction, which has the marker's epoch.
  CHECK(fixture.write(7, {"next"}, 4).error == ErrorCode::NONE);
  CHECK(fixture.log_->append_marker(marker(7, 4, 2)).error == ErrorCode::INVALID_PRODUCER_EPOCH);
}

TEST_CASE("markers: a coordinator that was replaced is refused, also after a restart") {
  TxnFixture fixture;
  fixture.open();
  fixture.write(7, {"a"});
  CHECK(fixture.log_->append_marker({7, 0, 5, true, 0}).error == ErrorCode::NONE);
  fixture.flush();
  fixture.crash();
  CHECK(fixture.log_->append_marker({7, 0, 4, true, 0}).error ==
        ErrorCode::TRANSACTION_COORDINATOR_FENCED);
  CHECK(fixture.log_->append_marker({7, 0, 5, true, 0}).error == ErrorCode::NONE);
}

TEST_CASE("markers: an operator's does not shut out the coordinator's own") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"a"});
  REQUIRE(log.append_marker({7, 0, 100, true, 0}).error == ErrorCode::NONE);
  fixture.write(7, {"b"});
  CHECK(log.append_marker({7, 0, 0, true, 0}).error == ErrorCode::TRANSACTION_COORDINATOR_FENCED);
  CHECK(log.append_marker({7, 0, 0, true, 0, true}).error == ErrorCode::NONE);
  fixture.flush();
  CHECK(fixture.committed_values() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("markers: one that finds nothing of its transaction voids batches under way (KIP-890)") {
  TxnFixture fixture;
  auto& log = fixture.open();
  fixture.write(7, {"before"});
  fixture.commit(7);
  auto batch = fixture.next_batch(7, {"late"});
  const auto guard = log.start_verification({7, 0, 1, false});
  fixture.abort(7);
  CHECK(log.append_verified(batch, guard).error == ErrorCode::INVALID_TXN_STATE);
  fixture.flush();
  CHECK(fixture.last_stable() == log.offsets().high_watermark);
  CHECK(fixture.write(7, {"next"}).error == ErrorCode::NONE);
}

TEST_CASE("markers: one for a producer that never wrote here leaves nothing open") {
  TxnFixture fixture;
  auto& log = fixture.open();
  CHECK(log.append_marker(marker(7, 2, 0)).error == ErrorCode::NONE);
  fixture.flush();
  CHECK(fixture.last_stable() == 1);
  CHECK(fixture.write(7, {"zombie"}, 1).error == ErrorCode::INVALID_PRODUCER_EPOCH);
}
