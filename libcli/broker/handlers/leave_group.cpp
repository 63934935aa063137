// LeaveGroup, versions 0-5.
//   3: several members   4: flexible   5: reason

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::LeaveGroup> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().leave(context.io.executor(), std::move(request),
                                         group_context(context), reply_to(std::move(call)));
}

}  // namespace kreel::broker
