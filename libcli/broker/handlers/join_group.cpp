// JoinGroup, versions 0-9.
//   1: rebalance timeout   4: MEMBER_ID_REQUIRED (KIP-394)   5: static members (KIP-345)
//   6: flexible   7: protocol type, no protocol in an error (KIP-559)   8: reason (KIP-800)
//   9: SkipAssignment (KIP-814)

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {
namespace {

constexpr protocol::Version kFirstErrorWithoutProtocol = 7;

}  // namespace

void handle(Call<protocol::JoinGroup> call, RequestContext& context) {
  auto request = std::move(call.request);
  auto reply = [reply = reply_to(std::move(call)),
                version = context.version](protocol::JoinGroupResponse response) {
    const bool failed = response.error_code != protocol::ErrorCode::NONE;
    if (failed && version >= kFirstErrorWithoutProtocol) response.protocol_name.reset();
    reply(std::move(response));
  };
  context.broker.groups().router().join(context.io.executor(), std::move(request),
                                        group_context(context), std::move(reply));
}

}  // namespace kreel::broker
