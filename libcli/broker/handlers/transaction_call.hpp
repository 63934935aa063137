#pragma once

// What the handlers of the transaction coordinator's APIs share.

#include <memory>
#include <utility>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/io_thread.hpp"
#include "broker/transaction_service.hpp"
#include "protocol/error_code.hpp"
#include "protocol/version.hpp"

namespace kreel::broker {

/// AddPartitionsToTxn, AddOffsetsToTxn and EndTxn know PRODUCER_FENCED from version 2 on.
inline protocol::ErrorCode fenced_for_version(protocol::ErrorCode error,
                                              protocol::Version version) {
  constexpr protocol::Version kFirstWithProducerFenced = 2;
  const bool is_unknown =
      error == protocol::ErrorCode::PRODUCER_FENCED && version < kFirstWithProducerFenced;
  return is_unknown ? protocol::ErrorCode::INVALID_PRODUCER_EPOCH : error;
}

}  // namespace kreel::broker
