// OffsetCommit, versions 2-10.
//   5: no retention time   6: leader epochs   7: static members   8: flexible
//   9: errors of KIP-848   10: topic ids

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::OffsetCommit> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().commit(context.io.executor(), std::move(request),
                                          group_context(context), reply_to(std::move(call)));
}

}  // namespace kreel::broker
