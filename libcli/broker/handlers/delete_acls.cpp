// DeleteAcls, versions 1-3: removes what filters mean, and tells it.
//   1: patterns (KIP-290)   2: flexible   3: resources of kind User

#include "broker/handlers/acl_common.hpp"
#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {
namespace {

using catalog::ChangeResult;
using protocol::DeleteAclsRequest;
using protocol::DeleteAclsResponse;
using protocol::ErrorCode;
using RemovedAcl = DeleteAclsResponse::DeleteAclsFilterResult::DeleteAclsMatchingAcl;

RemovedAcl removed_acl(const Acl& acl) {
  RemovedAcl out;
  out.error_message.reset();
  out.resource_type = static_cast<std::int8_t>(acl.resource);
  out.resource_name = acl.name;
  out.pattern_type = static_cast<std::int8_t>(acl.pattern);
  out.principal = acl.principal;
  out.host = acl.host;
  out.operation = static_cast<std::int8_t>(acl.operation);
  out.permission_type = static_cast<std::int8_t>(acl.permission);
  return out;
}

void delete_acls(Broker& broker, const DeleteAclsRequest& request, DeleteAclsResponse& response) {
  std::vector<AclFilter> filters;
  std::vector<std::size_t> places;
  for (const auto& asked : request.filters) {
    auto& out = response.filter_results.emplace_back();
    out.error_message.reset();
    const auto filter = acl_filter(asked);
    if (!broker.config().authorizer) {
      out.error_code = ErrorCode::SECURITY_DISABLED;
      out.error_message = std::string(kNoAuthorizer);
    } else if (!filter) {
      out.error_code = ErrorCode::INVALID_REQUEST;
      out.error_message = "The filter has a type that is not known.";
    } else {
      filters.push_back(*filter);
      places.push_back(response.filter_results.size() - 1);
    }
  }
  if (filters.empty()) return;
  const auto removed = broker.catalog().remove_acls(filters);
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto& out = response.filter_results[places[i]];
    out.error_code = removed.result.error;
    out.error_message = reply_message(removed.result.message);
    if (!removed.result.ok()) continue;
    for (const Acl& acl : removed.by_filter[i]) out.matching_acls.push_back(removed_acl(acl));
  }
}

}  // namespace

void handle(Call<protocol::DeleteAcls> call, RequestContext& context) {
  answer_after(std::move(call), context, delete_acls);
}

}  // namespace kreel::broker
