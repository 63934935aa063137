#pragma once

#include <span>
#include <string_view>

#include "kreel/acls.hpp"
#include "protocol/api.hpp"
#include "protocol/error_code.hpp"

namespace kreel::broker {

/// What comes of it when a rule is not met.
enum class Denial {
  kRefused,  ///< the whole request is answered with the error
  kItem,     ///< what the rule is about is answered with the error, and the rest is served
  kHidden,   ///< it is left out of the answer
  kField,    ///< a field of the answer says nothing
  kNext      ///< the next rule of the table may allow it as well
};

/// One line of access_rules.def.
struct AccessRule {
  std::string_view name;
  protocol::ApiKey api{};
  AclOperation operation{};
  AclResource resource{};
  Denial denial{};
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::string_view when;
};

namespace rules {

#define KREEL_ACCESS_FREE(Api, why)
#define KREEL_ACCESS_RULE(rule, Api, Operation, Resource, Denied, Error, when_needed) \
  inline constexpr AccessRule rule{#rule,                                             \
                                   protocol::ApiKey::Api,                             \
                                   AclOperation::k##Operation,                        \
                                   AclResource::k##Resource,                          \
                                   Denial::k##Denied,                                 \
                                   protocol::ErrorCode::Error,                        \
                                   when_needed};
#include "broker/authorization/access_rules.def"
#undef KREEL_ACCESS_RULE
#undef KREEL_ACCESS_FREE

}  // namespace rules

/// All rules, in the order of the table.
std::span<const AccessRule> access_rules();

}  // namespace kreel::broker
