// JoinGroup, versions 0-9.
//   1: rebalance timeout   4: MEMBER_ID_REQUIRED (KIP-394)   5: static members (KIP-345)
//   6: flexible   7: protocol type   8: reason (KIP-800)   9: SkipAssignment (KIP-814)

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::JoinGroup> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().join(context.io.executor(), std::move(request),
                                        group_context(context), reply_to(std::move(call)));
}

}  // namespace kreel::broker
