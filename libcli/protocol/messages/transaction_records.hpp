#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/version.hpp"

namespace kreel::protocol {

struct TransactionLogKey {
  static constexpr MessageVersions versions{.min = 0, .max = 0};
  static constexpr bool kIsDescribed = true;

  std::string transactional_id;

  bool operator==(const TransactionLogKey&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_id", &TransactionLogKey::transactional_id, between(0, 0));
  }
};

struct TransactionLogValue {
  static constexpr MessageVersions versions{.min = 0, .max = 1, .flexible_from = 1};

  struct PartitionsSchema {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<std::int32_t> partition_ids;

    bool operator==(const PartitionsSchema&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &PartitionsSchema::topic, since(0));
      v("partition_ids", &PartitionsSchema::partition_ids, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int64_t producer_id = 0;
  std::int64_t previous_producer_id = -1;  ///< before the epochs ran out; -1 the same
  std::int64_t next_producer_id = -1;      ///< from the marker on, when epochs run out
  std::int16_t producer_epoch = 0;
  std::int16_t next_producer_epoch = -1;  ///< of two-phase commit (KIP-939)
  std::int32_t transaction_timeout_ms = 0;
  std::int8_t transaction_status = 0;  ///< coordinator/transaction/state.hpp
  std::optional<std::vector<PartitionsSchema>> transaction_partitions{std::in_place};
  std::int64_t transaction_last_update_timestamp_ms = 0;
  std::int64_t transaction_start_timestamp_ms = 0;
  std::int16_t client_transaction_version = 0;  ///< 2: a new epoch for each transaction (KIP-890)

  bool operator==(const TransactionLogValue&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("producer_id", &TransactionLogValue::producer_id, since(0));
    v.tagged(0, "previous_producer_id", &TransactionLogValue::previous_producer_id, since(1));
    v.tagged(1, "next_producer_id", &TransactionLogValue::next_producer_id, since(1));
    v("producer_epoch", &TransactionLogValue::producer_epoch, since(0));
    v.tagged(2, "client_transaction_version", &TransactionLogValue::client_transaction_version,
             since(1));
    v("transaction_timeout_ms", &TransactionLogValue::transaction_timeout_ms, since(0));
    v("transaction_status", &TransactionLogValue::transaction_status, since(0));
    v("transaction_partitions", &TransactionLogValue::transaction_partitions, since(0).nullable(0));
    v("transaction_last_update_timestamp_ms",
      &TransactionLogValue::transaction_last_update_timestamp_ms, since(0));
    v("transaction_start_timestamp_ms", &TransactionLogValue::transaction_start_timestamp_ms,
      since(0));
    v.tagged(3, "next_producer_epoch", &TransactionLogValue::next_producer_epoch, since(1));
  }
};

}  // namespace kreel::protocol
