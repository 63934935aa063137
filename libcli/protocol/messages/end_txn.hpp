#pragma once

#include <cstdint>
#include <string>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct EndTxnRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::string transactional_id;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  bool committed = false;  ///< false aborts

  bool operator==(const EndTxnRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_id", &EndTxnRequest::transactional_id, since(0));
    v("producer_id", &EndTxnRequest::producer_id, since(0));
    v("producer_epoch", &EndTxnRequest::producer_epoch, since(0));
    v("committed", &EndTxnRequest::committed, since(0));
  }
};

struct EndTxnResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::int64_t producer_id = -1;     ///< for the next transaction (KIP-890)
  std::int16_t producer_epoch = -1;  ///< for the next transaction (KIP-890)

  bool operator==(const EndTxnResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &EndTxnResponse::throttle_time_ms, since(0));
    v("error_code", &EndTxnResponse::error_code, since(0));
    v("producer_id", &EndTxnResponse::producer_id, since(5).ignorable());
    v("producer_epoch", &EndTxnResponse::producer_epoch, since(5).ignorable());
  }
};

struct EndTxn {
  static constexpr std::int16_t key = 26;
  using Request = EndTxnRequest;
  using Response = EndTxnResponse;
};

}  // namespace kreel::protocol
