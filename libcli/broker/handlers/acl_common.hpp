#pragma once

// What the handlers of ACLs share.

#include <optional>
#include <string_view>

#include "kreel/acls.hpp"

namespace kreel::broker {

inline constexpr std::string_view kNoAuthorizer = "No Authorizer is configured.";

/// The filter of DescribeAcls and DeleteAcls; nullopt for a number that Kafka does not have.
template <class Asked>
std::optional<AclFilter> acl_filter(const Asked& asked) {
  const auto is_known = [](std::int8_t number, auto last) {
    return number >= 1 && number <= static_cast<std::int8_t>(last);
  };
  if (!is_known(asked.resource_type_filter, AclResource::kUser) ||
      !is_known(asked.pattern_type_filter, AclPattern::kPrefixed) ||
      !is_known(asked.operation, AclOperation::kTwoPhaseCommit) ||
      !is_known(asked.permission_type, AclPermission::kAllow)) {
    return std::nullopt;
  }
  AclFilter filter;
  filter.resource = static_cast<AclResource>(asked.resource_type_filter);
  filter.name = asked.resource_name_filter;
  filter.pattern = static_cast<AclPattern>(asked.pattern_type_filter);
  filter.principal = asked.principal_filter;
  filter.host = asked.host_filter;
  filter.operation = static_cast<AclOperation>(asked.operation);
  filter.permission = static_cast<AclPermission>(asked.permission_type);
  return filter;
}

}  // namespace kreel::broker
