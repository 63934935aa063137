#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coordinator/runtime.hpp"
#include "coordinator/transaction/transaction.hpp"

namespace kreel::coordinator {

// The records of __transaction_state in Kafka's own format: the key is int16 0 and the
// transactional id, the value its version (int16) and fields. With transactions v2 Kafka writes
// values of version 1, and so does kreel; version 0 is read too.

Record transaction_record(std::string_view transactional_id, const Transaction& transaction);
Record transaction_tombstone(std::string_view transactional_id);

struct TransactionRecord {
  std::string transactional_id;
  std::optional<Transaction> value;  ///< null for a tombstone
};
/// nullopt for a record that is none of Kafka's.
std::optional<TransactionRecord> read_transaction_record(std::optional<ByteView> key,
                                                         std::optional<ByteView> value);

}  // namespace kreel::coordinator
