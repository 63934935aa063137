#include "kreel/acls.hpp"

namespace kreel {
namespace {

bool matches_name(const AclFilter& filter, const Acl& acl) {
  if (!filter.name) return true;
  if (filter.pattern == AclPattern::kAny || filter.pattern == acl.pattern) {
    return *filter.name == acl.name;
  }
  if (acl.pattern == AclPattern::kPrefixed) return filter.name->starts_with(acl.name);
  return *filter.name == acl.name || acl.name == kAclWildcard;
}

}  // namespace

bool AclFilter::matches(const Acl& acl) const {
  if (resource != AclResource::kAny && resource != acl.resource) return false;
  const bool any_pattern = pattern == AclPattern::kAny || pattern == AclPattern::kMatch;
  if (!any_pattern && pattern != acl.pattern) return false;
  if (principal && *principal != acl.principal) return false;
  if (host && *host != acl.host) return false;
  if (operation != AclOperation::kAny && operation != acl.operation) return false;
  if (permission != AclPermission::kAny && permission != acl.permission) return false;
  return matches_name(*this, acl);
}

}  // namespace kreel
