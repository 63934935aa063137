// DescribeGroups, versions 0-6.
//   3: authorized operations   4: static members   5: flexible   6: GROUP_ID_NOT_FOUND

#include "broker/handlers/admin_common.hpp"
#include "broker/handlers/group_call.hpp"

namespace kreel::broker {

void handle(Call<protocol::DescribeGroups> call, RequestContext& context) {
  auto request = std::move(call.request);
  const bool with_operations = request.include_authorized_operations;
  auto reply = [with_operations, access = context.access.kept(),
                to_client = reply_to(std::move(call))](protocol::DescribeGroupsResponse response) {
    for (auto& group : response.groups) {
      const bool is_told = with_operations && group.error_code == protocol::ErrorCode::NONE;
      if (!is_told) continue;
      group.authorized_operations = access.operations(AclResource::kGroup, group.group_id);
    }
    to_client(std::move(response));
  };
  context.broker.groups().router().describe(context.io.executor(), std::move(request),
                                            group_context(context), std::move(reply));
}

}  // namespace kreel::broker
