#pragma once

#include <cstdint>

namespace kreel::coordinator {

/// Settings of the transaction coordinator; each is named after Kafka's broker config.
struct TransactionConfig {
  std::int32_t transaction_state_log_num_partitions = 50;
  std::int32_t transaction_max_timeout_ms = 900'000;
  std::int64_t transactional_id_expiration_ms = std::int64_t{604'800} * 1'000;
  /// transaction.abort.timed.out.transaction.cleanup.interval.ms
  std::int64_t abort_timed_out_interval_ms = 10'000;
  /// transaction.remove.expired.transaction.cleanup.interval.ms
  std::int64_t remove_expired_interval_ms = 3'600'000;
};

}  // namespace kreel::coordinator
