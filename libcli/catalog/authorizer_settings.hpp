#pragma once

#include <optional>

#include "base/result.hpp"
#include "catalog/topic.hpp"
#include "kreel/acls.hpp"

namespace kreel::catalog {

/// authorizer.class.name, super.users and allow.everyone.if.no.acl.found; nullopt: everybody may do
/// everything. ErrorKind::kUsage when one of them would have no effect.
Result<std::optional<AclPolicy>> resolve_authorizer(const ConfigMap& checked);

}  // namespace kreel::catalog
