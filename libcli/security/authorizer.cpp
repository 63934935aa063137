#include "security/authorizer.hpp"

#include <utility>

#include "base/planted_bug.hpp"

namespace kreel {

AclDecision decide(const std::vector<Acl>& acls, const AclPolicy& policy,
                   const AclQuestion& question) {
  const std::string host = security::canonical_host(question.host);
  AclQuestion asked = question;
  asked.host = host;
  std::set<Acl> known(acls.begin(), acls.end());
  std::erase_if(known, [](const Acl& acl) {
    return acl.permission != AclPermission::kAllow && acl.permission != AclPermission::kDeny;
  });
  const security::AclSet set(std::move(known));
  return security::Authorizer(policy).decide(set, asked);
}

namespace security {

bool Authorizer::allows(const AclSet& acls, const AclQuestion& question) const {
  if (super_users_.contains(question.principal)) return true;
  const AclSet::Verdict verdict = acls.judge(question);
  if (verdict.denied != nullptr) return false;
  if (verdict.allowed != nullptr) return true;
  const bool is_open = allow_everyone_if_no_acl_found_ || KREEL_BUG("fail_open");
  return is_open && !acls.applies_to(question.resource, question.name);
}

AclDecision Authorizer::decide(const AclSet& acls, const AclQuestion& question) const {
  AclDecision decision;
  decision.allowed = allows(acls, question);
  if (super_users_.contains(question.principal)) {
    decision.reason = AclDecision::Reason::kSuperUser;
    return decision;
  }
  const AclSet::Verdict verdict = acls.judge(question);
  if (const Acl* rule = verdict.denied != nullptr ? verdict.denied : verdict.allowed) {
    decision.reason = AclDecision::Reason::kRule;
    decision.rule = *rule;
  } else if (acls.applies_to(question.resource, question.name)) {
    decision.reason = AclDecision::Reason::kNoRule;
  }
  return decision;
}

bool Authorizer::allows_any(const AclSet& acls, const AclQuestion& question) const {
  // As in Kafka: whoever may do it with a resource of which nobody has heard may do it with any.
  AclQuestion unheard_of = question;
  unheard_of.name = "hardcode";
  if (allows(acls, unheard_of)) return true;
  const AclSet::Verdict verdict = acls.judge_any(question);
  return verdict.denied == nullptr && verdict.allowed != nullptr;
}

}  // namespace security
}  // namespace kreel
