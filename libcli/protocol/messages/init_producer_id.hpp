#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct InitProducerIdRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  std::optional<std::string> transactional_id = "";  ///< null: idempotence without transactions
  std::int32_t transaction_timeout_ms = 0;
  std::int64_t producer_id = -1;  ///< the one to go on with, after an error; else -1 (KIP-360)
  std::int16_t producer_epoch = -1;

  bool operator==(const InitProducerIdRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_id", &InitProducerIdRequest::transactional_id, since(0).nullable(0));
    v("transaction_timeout_ms", &InitProducerIdRequest::transaction_timeout_ms, since(0));
    v("producer_id", &InitProducerIdRequest::producer_id, since(3));
    v("producer_epoch", &InitProducerIdRequest::producer_epoch, since(3));
  }
};

struct InitProducerIdResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 5, .flexible_from = 2};
  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = 0;

  bool operator==(const InitProducerIdResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &InitProducerIdResponse::throttle_time_ms, since(0).ignorable());
    v("error_code", &InitProducerIdResponse::error_code, since(0));
    v("producer_id", &InitProducerIdResponse::producer_id, since(0));
    v("producer_epoch", &InitProducerIdResponse::producer_epoch, since(0));
  }
};

struct InitProducerId {
  static constexpr std::int16_t key = 22;
  using Request = InitProducerIdRequest;
  using Response = InitProducerIdResponse;
};

}  // namespace kreel::protocol
