#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct DescribeTransactionsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};
  static constexpr bool kIsDescribed = true;

  std::vector<std::string> transactional_ids;

  bool operator==(const DescribeTransactionsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_ids", &DescribeTransactionsRequest::transactional_ids, since(0));
  }
};

struct DescribeTransactionsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 0, .flexible_from = 0};

  struct TopicData {
    static constexpr bool kIsDescribed = true;

    std::string topic;
    std::vector<std::int32_t> partitions;

    bool operator==(const TopicData&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("topic", &TopicData::topic, since(0));
      v("partitions", &TopicData::partitions, since(0));
    }
  };

  struct TransactionState {
    static constexpr bool kIsDescribed = true;

    ErrorCode error_code = ErrorCode::NONE;
    std::string transactional_id;
    std::string transaction_state;
    std::int32_t transaction_timeout_ms = 0;
    std::int64_t transaction_start_time_ms = 0;  ///< -1 outside of a transaction
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    std::vector<TopicData> topics;

    bool operator==(const TransactionState&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("error_code", &TransactionState::error_code, since(0));
      v("transactional_id", &TransactionState::transactional_id, since(0));
      v("transaction_state", &TransactionState::transaction_state, since(0));
      v("transaction_timeout_ms", &TransactionState::transaction_timeout_ms, since(0));
      v("transaction_start_time_ms", &TransactionState::transaction_start_time_ms, since(0));
      v("producer_id", &TransactionState::producer_id, since(0));
      v("producer_epoch", &TransactionState::producer_epoch, since(0));
      v("topics", &TransactionState::topics, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  std::vector<TransactionState> transaction_states;

  bool operator==(const DescribeTransactionsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &DescribeTransactionsResponse::throttle_time_ms, since(0));
    v("transaction_states", &DescribeTransactionsResponse::transaction_states, since(0));
  }
};

struct DescribeTransactions {
  static constexpr std::int16_t key = 65;
  using Request = DescribeTransactionsRequest;
  using Response = DescribeTransactionsResponse;
};

}  // namespace kreel::protocol
