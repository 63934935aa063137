#pragma once

#include <set>
#include <string>

#include "kreel/acls.hpp"
#include "security/acl_set.hpp"

namespace kreel::security {

/// Decides by Kafka's rules (StandardAuthorizer): super users, then denials, then what is allowed,
/// then the default. Immutable, so any thread may ask.
class Authorizer {
 public:
  explicit Authorizer(const AclPolicy& policy)
      : super_users_(policy.super_users.begin(), policy.super_users.end()),
        allow_everyone_if_no_acl_found_(policy.allow_everyone_if_no_acl_found) {}

  bool allows(const AclSet& acls, const AclQuestion& question) const;
  AclDecision decide(const AclSet& acls, const AclQuestion& question) const;

  /// Whether there is any resource of the kind with which it is allowed; question.name counts for
  /// nothing.
  bool allows_any(const AclSet& acls, const AclQuestion& question) const;

 private:
  std::set<std::string, std::less<>> super_users_;
  bool allow_everyone_if_no_acl_found_;
};

}  // namespace kreel::security
