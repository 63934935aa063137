#pragma once

#include <utility>

#include "coordinator/transaction/coordinator.hpp"

namespace kreel::coordinator {

inline void set_error(protocol::ErrorCode& response, protocol::ErrorCode error) {
  response = error;
}
inline void set_error(std::vector<protocol::ErrorCode>& response, protocol::ErrorCode error) {
  for (protocol::ErrorCode& each : response) each = error;
}
template <class Response>
requires requires(Response response) {
  response.error_code;
}
void set_error(Response& response, protocol::ErrorCode error) {
  response = {};
  response.error_code = error;
}

/// Its epoch is 0 where nothing else is said.
inline void set_error(protocol::InitProducerIdResponse& response, protocol::ErrorCode error) {
  response = {};
  response.error_code = error;
  response.producer_epoch = -1;
}
inline void set_error(DescribedTransaction& response, protocol::ErrorCode error) {
  std::string id = std::move(response.transactional_id);
  response = {};
  response.transactional_id = std::move(id);
  response.error_code = error;
}

template <class Response>
Response failed_with(protocol::ErrorCode error) {
  Response response{};
  set_error(response, error);
  return response;
}

template <class Response>
void TransactionCoordinator::answer(Reply<Response> reply, Response response) {
  runtime_.after_durable([this, reply = std::move(reply),
                          response = std::move(response)](protocol::ErrorCode error) mutable {
    if (error != protocol::ErrorCode::NONE) set_error(response, error);
    environment_.outbox.send(reply, std::move(response));
  });
}

}  // namespace kreel::coordinator
