#include "coordinator/transaction/records.hpp"

#include <doctest/doctest.h>

#include "protocol/codec.hpp"
#include "protocol/messages/transaction_records.hpp"

namespace kreel::coordinator {
namespace {

Transaction some_transaction() {
  Transaction transaction;
  transaction.producer_id = 5;
  transaction.previous_producer_id = 4;
  transaction.next_producer_id = 6;
  transaction.producer_epoch = 7;
  transaction.timeout_ms = 60'000;
  transaction.state = TransactionState::kPrepareCommit;
  transaction.partitions = {{"orders", 1}, {"orders", 2}, {"payments", 0}};
  transaction.started_ms = 100;
  transaction.updated_ms = 200;
  transaction.client_version = kTransactionsV2;
  return transaction;
}

std::optional<TransactionRecord> read(const Record& record) {
  return read_transaction_record(
      ByteView(record.key), record.value ? std::optional<ByteView>(*record.value) : std::nullopt);
}

}  // namespace

TEST_CASE("transaction records: what is written is read") {
  const auto record = read(transaction_record("pay", some_transaction()));
  REQUIRE(record.has_value());
  CHECK(record->transactional_id == "pay");
  CHECK(record->value == some_transaction());
}

TEST_CASE("transaction records: key and value have Kafka's versions in front") {
  const Record record = transaction_record("pay", some_transaction());
  CHECK(as_text(record.key) == std::string_view("\0\0\0\3pay", 7));
  CHECK(as_text(ByteView(*record.value).first(2)) == std::string_view("\0\1", 2));
  const auto tombstone = read(transaction_tombstone("pay"));
  REQUIRE(tombstone.has_value());
  CHECK_FALSE(tombstone->value.has_value());
}

TEST_CASE("transaction records: an empty transaction has null partitions, as Kafka writes it") {
  Transaction empty;
  empty.producer_id = 1;
  empty.producer_epoch = 0;
  const Record record = transaction_record("pay", empty);
  protocol::WireReader in(*record.value);
  protocol::TransactionLogValue value;
  REQUIRE(in.read_int<std::int16_t>() == 1);
  protocol::decode(value, 1, in);
  REQUIRE_FALSE(in.failed());
  CHECK_FALSE(value.transaction_partitions.has_value());
  CHECK(read(record)->value == empty);
}

TEST_CASE("transaction records: version 0, of brokers without transactions v2, is read") {
  protocol::TransactionLogValue value;
  value.producer_id = 9;
  value.producer_epoch = 3;
  value.transaction_status = 1;
  value.transaction_partitions->push_back({"orders", {4}});
  protocol::WireWriter out;
  out.write_int<std::int16_t>(0);
  protocol::encode(value, 0, out);
  const auto record = read({transaction_tombstone("pay").key, out.take().bytes});
  REQUIRE(record.has_value());
  CHECK(record->value->state == TransactionState::kOngoing);
  CHECK(record->value->partitions == std::set<storage::TopicPartition>{{"orders", 4}});
  CHECK(record->value->client_version == kTransactionsV0);
}

TEST_CASE("transaction records: bytes that are none are refused") {
  const Record good = transaction_record("pay", some_transaction());
  CHECK_FALSE(read_transaction_record(std::nullopt, ByteView(*good.value)).has_value());
  for (std::size_t size = 0; size < good.key.size(); ++size) {
    CHECK_FALSE(read_transaction_record(ByteView(good.key).first(size), ByteView(*good.value)));
  }
  for (std::size_t size = 0; size + 1 < good.value->size(); ++size) {
    CHECK_FALSE(read_transaction_record(ByteView(good.key), ByteView(*good.value).first(size)));
  }
  for (const int status : {-1, 6, 7, 100}) {
    Transaction odd = some_transaction();
    odd.state = static_cast<TransactionState>(status);
    CHECK_FALSE(read(transaction_record("pay", odd)));
  }
}

TEST_CASE("transaction states: names are read as they are written") {
  for (int number = 0; number <= 7; ++number) {
    const auto state = static_cast<TransactionState>(number);
    CHECK(transaction_state(to_string(state)) == state);
  }
  CHECK_FALSE(transaction_state("ongoing").has_value());
  CHECK(to_string(TransactionState::kCompleteAbort) == "CompleteAbort");
}

}  // namespace kreel::coordinator
