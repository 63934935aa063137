// OffsetFetch, versions 1-10.
//   2: null topics are all   5: leader epochs   6: flexible   7: require_stable
//   8: several groups   9: errors of KIP-848   10: topic ids

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::OffsetFetch> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().fetch(context.io.executor(), std::move(request),
                                         group_context(context), reply_to(std::move(call)));
}

}  // namespace kreel::broker
