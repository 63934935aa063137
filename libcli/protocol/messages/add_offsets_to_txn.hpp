#pragma once

#include <cstdint>
#include <string>

#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::protocol {

struct AddOffsetsToTxnRequest {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::string transactional_id;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  std::string group_id;

  bool operator==(const AddOffsetsToTxnRequest&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("transactional_id", &AddOffsetsToTxnRequest::transactional_id, since(0));
    v("producer_id", &AddOffsetsToTxnRequest::producer_id, since(0));
    v("producer_epoch", &AddOffsetsToTxnRequest::producer_epoch, since(0));
    v("group_id", &AddOffsetsToTxnRequest::group_id, since(0));
  }
};

struct AddOffsetsToTxnResponse {
  static constexpr MessageVersions versions{.min = 0, .max = 4, .flexible_from = 3};
  static constexpr bool kIsDescribed = true;

  std::int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;

  bool operator==(const AddOffsetsToTxnResponse&) const = default;

  template <class Visitor>
  static void fields(Visitor& v) {
    v("throttle_time_ms", &AddOffsetsToTxnResponse::throttle_time_ms, since(0));
    v("error_code", &AddOffsetsToTxnResponse::error_code, since(0));
  }
};

struct AddOffsetsToTxn {
  static constexpr std::int16_t key = 25;
  using Request = AddOffsetsToTxnRequest;
  using Response = AddOffsetsToTxnResponse;
};

}  // namespace kreel::protocol
