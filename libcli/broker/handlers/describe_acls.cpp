// DescribeAcls, versions 1-3: the ACLs that a filter means, by resource.
//   1: patterns (KIP-290)   2: flexible   3: resources of kind User

#include "broker/handlers/acl_common.hpp"
#include "broker/handlers/admin_common.hpp"

namespace kreel::broker {

using protocol::DescribeAclsResponse;
using protocol::ErrorCode;

void handle(Call<protocol::DescribeAcls> call, RequestContext& context) {
  DescribeAclsResponse response;
  response.error_message.reset();
  if (!context.broker.config().authorizer) {
    response.error_code = ErrorCode::SECURITY_DISABLED;
    response.error_message = std::string(kNoAuthorizer);
    return call.reply(response);
  }
  const auto filter = acl_filter(call.request);
  // Apache Kafka closes the connection here, and the client is left guessing.
  if (!filter) {
    response.error_code = ErrorCode::INVALID_REQUEST;
    response.error_message = "The filter has a type that is not known.";
    return call.reply(response);
  }
  for (const Acl& acl : context.broker.catalog().snapshot()->acls()->all()) {
    if (!filter->matches(acl)) continue;
    const auto resource = static_cast<std::int8_t>(acl.resource);
    const auto pattern = static_cast<std::int8_t>(acl.pattern);
    auto& out = response.resources;
    // They come sorted by resource.
    if (out.empty() || out.back().resource_type != resource ||
        out.back().resource_name != acl.name || out.back().pattern_type != pattern) {
      out.push_back({.resource_type = resource,
                     .resource_name = acl.name,
                     .pattern_type = pattern,
                     .acls = {}});
    }
    out.back().acls.push_back({.principal = acl.principal,
                               .host = acl.host,
                               .operation = static_cast<std::int8_t>(acl.operation),
                               .permission_type = static_cast<std::int8_t>(acl.permission)});
  }
  call.reply(response);
}

}  // namespace kreel::broker
