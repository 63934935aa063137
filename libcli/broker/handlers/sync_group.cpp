// SyncGroup, versions 0-5.
//   3: static members   4: flexible   5: protocol type and name

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::SyncGroup> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().sync(context.io.executor(), std::move(request),
                                        group_context(context), reply_to(std::move(call)));
}

}  // namespace kreel::broker
