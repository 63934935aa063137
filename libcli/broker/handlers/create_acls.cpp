// CreateAcls, versions 1-3. What is wrong is refused entry by entry; what is there already is no
// error.
//   1: patterns (KIP-290)   2: flexible   3: resources of kind User

#include <fmt/core.h>

#include "broker/handlers/acl_common.hpp"
#include "broker/handlers/admin_common.hpp"
#include "broker/limits.hpp"

namespace kreel::broker {
namespace {

using catalog::ChangeResult;
using protocol::CreateAclsRequest;
using protocol::CreateAclsResponse;
using protocol::ErrorCode;

ChangeResult bad_acl(std::string why) {
  return {ErrorCode::INVALID_REQUEST, std::move(why)};
}

template <class Kind>
bool is_acl_kind(std::int8_t number, Kind first, Kind last) {
  return number >= static_cast<std::int8_t>(first) && number <= static_cast<std::int8_t>(last);
}

ChangeResult read_acl(const CreateAclsRequest::AclCreation& asked, Acl& acl) {
  if (!is_acl_kind(asked.resource_type, AclResource::kTopic, AclResource::kUser)) {
    return bad_acl(fmt::format("Invalid resourceType {}", asked.resource_type));
  }
  if (!is_acl_kind(asked.resource_pattern_type, AclPattern::kLiteral, AclPattern::kPrefixed)) {
    return bad_acl(fmt::format("Invalid patternType {}", asked.resource_pattern_type));
  }
  if (!is_acl_kind(asked.operation, AclOperation::kAll, AclOperation::kTwoPhaseCommit)) {
    return bad_acl(fmt::format("Invalid operation {}", asked.operation));
  }
  if (!is_acl_kind(asked.permission_type, AclPermission::kDeny, AclPermission::kAllow)) {
    return bad_acl(fmt::format("Invalid permissionType {}", asked.permission_type));
  }
  acl.resource = static_cast<AclResource>(asked.resource_type);
  acl.name = asked.resource_name;
  acl.pattern = static_cast<AclPattern>(asked.resource_pattern_type);
  acl.principal = asked.principal;
  acl.host = asked.host;
  acl.operation = static_cast<AclOperation>(asked.operation);
  acl.permission = static_cast<AclPermission>(asked.permission_type);
  if (acl.resource == AclResource::kCluster && acl.name != kAclCluster) {
    return bad_acl(fmt::format("The only valid name for the CLUSTER resource is {}", kAclCluster));
  }
  if (acl.name.empty()) return bad_acl("Resource name should not be empty");
  if (acl.principal.find(':') == std::string::npos) {
    return bad_acl(
        fmt::format("Could not parse principal from `{}` (no colon is present separating the "
                    "principal type from the principal name)",
                    acl.principal));
  }
  if (acl.host.empty()) return bad_acl("The host should not be empty");
  if (acl.name.size() + acl.principal.size() + acl.host.size() > limits::kAclBytesMax) {
    return bad_acl("The ACL is too long");
  }
  return {};
}

void note_acl(const ChangeResult& result, CreateAclsResponse::AclCreationResult& out) {
  out.error_code = result.error;
  out.error_message = reply_message(result.message);
}

void create_acls(Broker& broker, const CreateAclsRequest& request, CreateAclsResponse& response) {
  std::vector<Acl> acls;
  for (const auto& asked : request.creations) {
    auto& out = response.results.emplace_back();
    Acl acl;
    const ChangeResult read =
        broker.config().authorizer
            ? read_acl(asked, acl)
            : ChangeResult{ErrorCode::SECURITY_DISABLED, std::string(kNoAuthorizer)};
    note_acl(read, out);
    if (read.ok()) acls.push_back(std::move(acl));
  }
  if (acls.empty()) return;
  const std::size_t present = broker.catalog().snapshot()->acls()->all().size();
  const ChangeResult added = present + acls.size() > limits::kAclsMax
                                 ? ChangeResult{ErrorCode::POLICY_VIOLATION,
                                                fmt::format("There are {} ACLs, and at most {}",
                                                            present, limits::kAclsMax)}
                                 : broker.catalog().add_acls(acls);
  for (auto& out : response.results) {
    if (out.error_code == ErrorCode::NONE) note_acl(added, out);
  }
}

}  // namespace

void handle(Call<protocol::CreateAcls> call, RequestContext& context) {
  answer_after(std::move(call), context, create_acls);
}

}  // namespace kreel::broker
