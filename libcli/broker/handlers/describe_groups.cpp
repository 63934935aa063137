// DescribeGroups, versions 0-6.
//   3: authorized operations   4: static members   5: flexible   6: GROUP_ID_NOT_FOUND

#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::DescribeGroups> call, RequestContext& context) {
  auto request = std::move(call.request);
  context.broker.groups().router().describe(context.io.executor(), std::move(request),
                                            group_context(context), reply_to(std::move(call)));
}

}  // namespace kreel::broker
