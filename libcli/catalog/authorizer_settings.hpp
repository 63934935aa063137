#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "catalog/topic.hpp"
#include "kreel/acls.hpp"

namespace kreel::catalog {

/// authorizer.class.name, super.users and allow.everyone.if.no.acl.found; nullopt: everybody may do
/// everything. ErrorKind::kUsage when one of them would have no effect.
Result<std::optional<AclPolicy>> resolve_authorizer(const ConfigMap& checked);

/// A line for each super user whose name looks like a list of them.
std::vector<std::string> super_user_warnings(const AclPolicy& policy);

}  // namespace kreel::catalog
