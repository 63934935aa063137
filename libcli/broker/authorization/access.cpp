#include "broker/authorization/access.hpp"

#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace kreel::broker {
namespace {

constexpr auto kAccessRules = std::to_array<AccessRule>({
#define KREEL_ACCESS_FREE(Api, why)
#define KREEL_ACCESS_RULE(rule, Api, Operation, Resource, Denied, Error, when_needed) rules::rule,
#include "broker/authorization/access_rules.def"
#undef KREEL_ACCESS_RULE
#undef KREEL_ACCESS_FREE
});

// A table that forgets an API would leave it open to all.
constexpr bool is_in_table(protocol::ApiKey api) {
  for (const AccessRule& rule : kAccessRules) {
    if (rule.api == api) return true;
  }
#define KREEL_ACCESS_FREE(Api, why) \
  if (api == protocol::ApiKey::Api) return true;
#define KREEL_ACCESS_RULE(rule, Api, Operation, Resource, Denied, Error, when_needed)
#include "broker/authorization/access_rules.def"
#undef KREEL_ACCESS_RULE
#undef KREEL_ACCESS_FREE
  return false;
}
#define KREEL_SERVED_API(Name, file) \
  static_assert(is_in_table(protocol::ApiKey::Name), #Name " is missing in access_rules.def");
#include "protocol/apis.def"
#undef KREEL_SERVED_API

log::RateLimited& denial_log() {
  static log::RateLimited limited(1'000);
  return limited;
}

}  // namespace

std::span<const AccessRule> access_rules() {
  return kAccessRules;
}

// A later request of the same connection may have seen newer ACLs meanwhile.
bool Access::judge(const AclQuestion& question) const {
  return recent_ != nullptr && recent_->acls() == acls_ ? recent_->allows(*authorizer_, question)
                                                        : authorizer_->allows(*acls_, question);
}

bool Access::is_allowed(const AccessRule& rule, std::string_view name) const {
  if (judge({principal_, host_, rule.operation, rule.resource, name})) return true;
  if (rule.denial == Denial::kRefused || rule.denial == Denial::kItem) tell(rule, name);
  return false;
}

bool Access::may_with_any(const AccessRule& rule) const {
  if (is_unlimited()) return true;
  if (authorizer_->allows_any(*acls_, {principal_, host_, rule.operation, rule.resource, {}})) {
    return true;
  }
  tell(rule, kAclWildcard);
  return false;
}

void Access::tell(const AccessRule& rule, std::string_view name) const {
  denial_log().write(
      log::Level::kInfo,
      fmt::format("denied to {} from {}: {} on {} {}, for {}", escape_control(principal_), host_,
                  to_string(rule.operation), to_string(rule.resource), escape_control(name),
                  protocol::api_info(rule.api).name));
}

std::int32_t Access::operations(AclResource resource, std::string_view name) const {
  std::int32_t bits = 0;
  for (const AclOperation operation : acl_operations(resource)) {
    if (!is_unlimited() &&
        !authorizer_->allows(*acls_, {principal_, host_, operation, resource, name})) {
      continue;
    }
    bits |= std::int32_t{1} << static_cast<std::int8_t>(operation);
  }
  return bits;
}

Access Access::kept() const {
  Access copy = *this;
  copy.recent_ = nullptr;
  if (is_unlimited() || sender_ != nullptr) return copy;
  copy.sender_ = std::make_shared<const std::pair<std::string, std::string>>(principal_, host_);
  copy.principal_ = copy.sender_->first;
  copy.host_ = copy.sender_->second;
  return copy;
}

}  // namespace kreel::broker
