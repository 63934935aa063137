// DeleteGroups, versions 0-2.
//   2: flexible

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::DeleteGroups> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().delete_groups(context.io.executor(), std::move(request),
                                                 reply_to(std::move(call)));
}

}  // namespace kreel::broker
