#pragma once

// What the handlers of the group coordinator's APIs share: they bring the request to the shard that
// owns the group.

#include <memory>
#include <utility>

#include "broker/broker.hpp"
#include "broker/group_service.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/io_thread.hpp"

namespace kreel::broker {

inline coordinator::GroupContext group_context(const RequestContext& context) {
  return {.client_id = context.client_id,
          .client_host = "/" + context.connection.peer_host,
          .version = context.version};
}

/// A coordinator's reply function that answers `call`.
template <class Api>
coordinator::Reply<typename Api::Response> reply_to(Call<Api> call) {
  auto waiting = std::make_shared<Call<Api>>(std::move(call));
  return [waiting](typename Api::Response response) { waiting->reply(response); };
}

}  // namespace kreel::broker
