// ListGroups, versions 0-5.
//   3: flexible   4: filter by state   5: filter by type

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::ListGroups> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().list(context.io.executor(), std::move(request),
                                        reply_to(std::move(call)));
}

}  // namespace kreel::broker
