// Heartbeat, versions 0-4.
//   3: static members   4: flexible

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::Heartbeat> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().heartbeat(context.io.executor(), std::move(request),
                                             reply_to(std::move(call)));
}

}  // namespace kreel::broker
