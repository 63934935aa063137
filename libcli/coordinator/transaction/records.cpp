#include "coordinator/transaction/records.hpp"

#include "protocol/codec.hpp"
#include "protocol/messages/transaction_records.hpp"

namespace kreel::coordinator {

using protocol::TransactionLogKey;
using protocol::TransactionLogValue;

namespace {

constexpr std::int16_t kTransactionRecord = 0;
constexpr protocol::Version kValueVersion = 1;

Bytes transaction_key(std::string_view transactional_id) {
  TransactionLogKey key;
  key.transactional_id = transactional_id;
  protocol::WireWriter out;
  out.write_int(kTransactionRecord);
  protocol::encode(key, 0, out);
  return out.take().bytes;
}

TransactionLogValue to_value(const Transaction& transaction) {
  TransactionLogValue value;
  value.producer_id = transaction.producer_id;
  value.previous_producer_id = transaction.previous_producer_id;
  value.next_producer_id = transaction.next_producer_id;
  value.producer_epoch = transaction.producer_epoch;
  value.transaction_timeout_ms = transaction.timeout_ms;
  value.transaction_status = static_cast<std::int8_t>(transaction.state);
  value.transaction_last_update_timestamp_ms = transaction.updated_ms;
  value.transaction_start_timestamp_ms = transaction.started_ms;
  value.client_transaction_version = transaction.client_version;
  if (transaction.state == TransactionState::kEmpty) {
    value.transaction_partitions.reset();
    return value;
  }
  auto& topics = *value.transaction_partitions;
  for (const storage::TopicPartition& partition : transaction.partitions) {
    if (topics.empty() || topics.back().topic != partition.topic) {
      topics.push_back({partition.topic, {}});
    }
    topics.back().partition_ids.push_back(partition.partition);
  }
  return value;
}

Transaction from_value(const TransactionLogValue& value) {
  Transaction transaction;
  transaction.producer_id = value.producer_id;
  transaction.previous_producer_id = value.previous_producer_id;
  transaction.next_producer_id = value.next_producer_id;
  transaction.producer_epoch = value.producer_epoch;
  transaction.timeout_ms = value.transaction_timeout_ms;
  transaction.state = static_cast<TransactionState>(value.transaction_status);
  transaction.updated_ms = value.transaction_last_update_timestamp_ms;
  transaction.started_ms = value.transaction_start_timestamp_ms;
  transaction.client_version = value.client_transaction_version;
  if (!value.transaction_partitions) return transaction;
  for (const auto& topic : *value.transaction_partitions) {
    for (const PartitionId partition : topic.partition_ids) {
      transaction.partitions.insert({topic.topic, partition});
    }
  }
  return transaction;
}

bool is_written_state(std::int8_t status) {
  return status >= static_cast<std::int8_t>(TransactionState::kEmpty) &&
         status <= static_cast<std::int8_t>(TransactionState::kCompleteAbort);
}

}  // namespace

Record transaction_record(std::string_view transactional_id, const Transaction& transaction) {
  protocol::WireWriter out;
  out.write_int(kValueVersion);
  protocol::encode(to_value(transaction), kValueVersion, out);
  return {transaction_key(transactional_id), out.take().bytes};
}

Record transaction_tombstone(std::string_view transactional_id) {
  return {transaction_key(transactional_id), std::nullopt};
}

std::optional<TransactionRecord> read_transaction_record(std::optional<ByteView> key,
                                                         std::optional<ByteView> value) {
  if (!key) return std::nullopt;
  protocol::WireReader key_in(*key);
  TransactionLogKey read_key;
  if (key_in.read_int<std::int16_t>() != kTransactionRecord) return std::nullopt;
  protocol::decode(read_key, 0, key_in);
  if (key_in.failed()) return std::nullopt;
  TransactionRecord record{std::move(read_key.transactional_id), std::nullopt};
  if (!value) return record;
  protocol::WireReader in(*value);
  const auto version = in.read_int<std::int16_t>();
  if (in.failed() || !TransactionLogValue::versions.contains(version)) return std::nullopt;
  TransactionLogValue read_value;
  protocol::decode(read_value, version, in);
  if (in.failed() || !is_written_state(read_value.transaction_status)) return std::nullopt;
  record.value = from_value(read_value);
  return record;
}

}  // namespace kreel::coordinator
