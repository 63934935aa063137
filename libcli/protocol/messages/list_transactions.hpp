#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct ListTransactionsRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};
  static constexpr bool kIsDescribed = true;

  std::vector<std::string> state_filters;
  std::vector<std::int64_t> producer_id_filters;
  std::int64_t duration_filter = -1;  ///< at least as long under way, in ms; -1 all (KIP-994)
  std::optional<std::string> transactional_id_pattern;  ///< RE2 (KIP-1152)

  bool operator==(const ListTransactionsRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("state_filters", &ListTransactionsRequest::state_filters, since(0));
    v("producer_id_filters", &ListTransactionsRequest::producer_id_filters, since(0));
    v("duration_filter", &ListTransactionsRequest::duration_filter, since(1));
    v("transactional_id_pattern", &ListTransactionsRequest::transactional_id_pattern,
      since(2).nullable(2));
  }
};

struct ListTransactionsResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 2, .flexible_from = 0};

  struct TransactionState {
    static constexpr bool kIsDescribed = true;

    std::string transactional_id;
    std::int64_t producer_id = 0;
    std::string transaction_state;

    bool operator==(const TransactionState&) const = default;

    template <class Visitor>
    static void fields(Visitor& v) {
      v("transactional_id", &TransactionState::transactional_id, since(0));
      v("producer_id", &TransactionState::producer_id, since(0));
      v("transaction_state", &TransactionState::transaction_state, since(0));
    }
  };

  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::vector<std::string> unknown_state_filters;  ///< states of the request that are none
  std::vector<TransactionState> transaction_states;

  bool operator==(const ListTransactionsResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &ListTransactionsResponse::throttle_time_ms, since(0));
    v("error_code", &ListTransactionsResponse::error_code, since(0));
    v("unknown_state_filters", &ListTransactionsResponse::unknown_state_filters, since(0));
    v("transaction_states", &ListTransactionsResponse::transaction_states, since(0));
  }
};

struct ListTransactions {
  static constexpr std::int16_t key = 66;
  using Request = ListTransactionsRequest;
  using Response = ListTransactionsResponse;
};

}  // namespace kreel::protocol
