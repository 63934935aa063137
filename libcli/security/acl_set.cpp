#include "security/acl_set.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace kreel::security {
namespace {

bool is_wildcard(const Acl& acl) {
  return acl.pattern == AclPattern::kLiteral && acl.name == kAclWildcard;
}

/// Both addresses are canonical, or the rule's is "*".
bool is_host(std::string_view of_rule, std::string_view host) {
  return of_rule == kAclWildcard || of_rule == host;
}

// READ, WRITE, DELETE and ALTER allow DESCRIBE, and ALTER_CONFIGS allows DESCRIBE_CONFIGS. A denial
// implies nothing.
bool is_operation(const Acl& acl, AclOperation operation) {
  using enum AclOperation;
  if (acl.operation == operation || acl.operation == kAll) return true;
  if (acl.permission != AclPermission::kAllow) return false;
  if (operation == kDescribe) {
    return acl.operation == kRead || acl.operation == kWrite || acl.operation == kDelete ||
           acl.operation == kAlter;
  }
  return operation == kDescribeConfigs && acl.operation == kAlterConfigs;
}

}  // namespace

std::string canonical_host(std::string_view host) {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (host == kAclWildcard) return std::string(host);
  const std::string text(host);
  std::array<std::uint8_t, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return ::inet_ntop(AF_INET, bytes.data(), out.data(), out.size());
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    return ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), out.data(), out.size());
  }
  return ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
}

void AclSet::Section::add(const Rule& rule) {
  const Acl& acl = *rule.acl;
  if (acl.pattern == AclPattern::kPrefixed) {
    // ACLs come sorted by name, so those of one prefix follow each other.
    if (prefixed.empty() || prefixed.back().text != acl.name) {
      prefixed.push_back({.text = acl.name, .rules = {}});
    }
    prefixed.back().rules.push_back(rule);
  } else if (is_wildcard(acl)) {
    wildcard.push_back(rule);
  } else {
    literal[acl.name].push_back(rule);
  }
}

// Sorted texts have each prefix before its continuations.
void AclSet::Section::link_prefixes() {
  for (std::size_t i = 0; i < prefixed.size(); ++i) {
    auto shorter = static_cast<std::ptrdiff_t>(i) - 1;
    while (shorter >= 0 &&
           !prefixed[i].text.starts_with(prefixed[static_cast<std::size_t>(shorter)].text)) {
      shorter = prefixed[static_cast<std::size_t>(shorter)].shorter;
    }
    prefixed[i].shorter = shorter;
  }
}

template <class Visit>
void AclSet::Section::for_each_of(std::string_view name, Visit visit) const {
  if (const auto found = literal.find(name); found != literal.end()) {
    for (const Rule& rule : found->second) {
      if (!visit(rule)) return;
    }
  }
  const auto after = std::ranges::upper_bound(prefixed, name, {}, &Prefix::text);
  // A prefix of the name is not after it, and neither is anything that begins with the prefix and
  // is a prefix, too: the chain from the last one has them all.
  for (auto at = after - prefixed.begin() - 1; at >= 0;) {
    const Prefix& prefix = prefixed[static_cast<std::size_t>(at)];
    at = prefix.shorter;
    if (!name.starts_with(prefix.text)) continue;
    for (const Rule& rule : prefix.rules) {
      if (!visit(rule)) return;
    }
  }
  for (const Rule& rule : wildcard) {
    if (!visit(rule)) return;
  }
}

template <class Visit>
void AclSet::Section::for_each(Visit visit) const {
  const auto visit_all = [&](const Rules& rules) {
    return std::ranges::all_of(rules, [&](const Rule& rule) { return visit(rule); });
  };
  if (!visit_all(wildcard)) return;
  for (const Prefix& prefix : prefixed) {
    if (!visit_all(prefix.rules)) return;
  }
  for (const auto& [name, rules] : literal) {
    if (!visit_all(rules)) return;
  }
}

AclSet::AclSet(std::set<Acl> acls) : acls_(std::move(acls)) {
  for (const Acl& acl : acls_) {
    Rule rule{&acl, acl.host};
    if (acl.host != kAclWildcard) {
      if (std::string host = canonical_host(acl.host); host != acl.host) {
        rule.host = hosts_.emplace_back(std::move(host));
      }
    }
    sections_[{acl.principal, acl.resource}].add(rule);
    by_resource_[acl.resource].add(rule);
  }
  for (auto& [key, section] : sections_) section.link_prefixes();
  for (auto& [resource, section] : by_resource_) section.link_prefixes();
}

const AclSet::Section* AclSet::section(std::string_view principal, AclResource resource) const {
  const auto found = sections_.find({principal, resource});
  return found == sections_.end() ? nullptr : &found->second;
}

AclSet::Verdict AclSet::judge(const AclQuestion& question) const {
  Verdict verdict;
  const auto visit = [&](const Rule& rule) {
    if (!is_host(rule.host, question.host) || !is_operation(*rule.acl, question.operation)) {
      return true;
    }
    if (rule.acl->permission == AclPermission::kDeny) {
      verdict.denied = rule.acl;
      return false;
    }
    if (verdict.allowed == nullptr) verdict.allowed = rule.acl;
    return true;
  };
  for (const std::string_view principal : {question.principal, kAclAnyPrincipal}) {
    const Section* rules = section(principal, question.resource);
    if (rules != nullptr) rules->for_each_of(question.name, visit);
    if (verdict.denied != nullptr) break;
  }
  return verdict;
}

bool AclSet::applies_to(AclResource resource, std::string_view name) const {
  const auto found = by_resource_.find(resource);
  if (found == by_resource_.end()) return false;
  bool any = false;
  found->second.for_each_of(name, [&](const Rule&) {
    any = true;
    return false;
  });
  return any;
}

/// Whether a denial of a name or prefix covers all that the rule allows.
bool AclSet::is_taken_away(const Acl& allowed, const AclQuestion& question) const {
  if (is_wildcard(allowed)) return false;
  bool taken = false;
  const auto visit = [&](const Rule& rule) {
    const Acl& acl = *rule.acl;
    if (acl.permission != AclPermission::kDeny || !is_host(rule.host, question.host) ||
        !is_operation(acl, question.operation)) {
      return true;
    }
    // One name that is denied is not all names with the prefix.
    const bool is_one_name = acl.pattern == AclPattern::kLiteral && !is_wildcard(acl);
    taken = !is_one_name || allowed.pattern == AclPattern::kLiteral;
    return !taken;
  };
  for (const std::string_view principal : {question.principal, kAclAnyPrincipal}) {
    const Section* rules = section(principal, question.resource);
    if (rules != nullptr && !taken) rules->for_each_of(allowed.name, visit);
  }
  return taken;
}

AclSet::Verdict AclSet::judge_any(const AclQuestion& question) const {
  Verdict verdict;
  const auto concerns = [&](const Rule& rule, AclPermission permission) {
    const AclOperation operation = rule.acl->operation;
    return rule.acl->permission == permission && is_host(rule.host, question.host) &&
           (operation == question.operation || operation == AclOperation::kAll);
  };
  const std::array<const Section*, 2> sections = {section(question.principal, question.resource),
                                                  section(kAclAnyPrincipal, question.resource)};
  for (const Section* rules : sections) {
    if (rules == nullptr) continue;
    for (const Rule& rule : rules->wildcard) {
      if (concerns(rule, AclPermission::kDeny)) verdict.denied = rule.acl;
    }
  }
  if (verdict.denied != nullptr) return verdict;
  for (const Section* rules : sections) {
    if (rules == nullptr || verdict.allowed != nullptr) continue;
    rules->for_each([&](const Rule& rule) {
      if (!concerns(rule, AclPermission::kAllow) || is_taken_away(*rule.acl, question)) return true;
      verdict.allowed = rule.acl;
      return false;
    });
  }
  return verdict;
}

}  // namespace kreel::security
