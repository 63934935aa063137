#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "support/authorization_world.hpp"

// Every rule of the table, under every kind of ACLs, for every way to show who one is: what is
// answered, that nothing has changed where it is denied, and that nothing is told of what is
// secret.

using namespace kreel;
using broker::AccessRule;
using broker::Denial;
using test::AccessProbe;
using test::AuthorizationWorld;
using test::Login;

namespace {

/// What one state of the ACLs is made from.
struct Need {
  Acl allow;  ///< what exactly allows it
  std::string principal;
};

enum class Policy { kClosed, kSuperUsers, kOpen };

/// One state, and whether it allows what `Need::allow` is about.
struct AclState {
  const char* name;
  bool allows;
  Policy policy;
  std::vector<Acl> (*acls)(const Need& need);
  /// Whether it allows it with everything else of the kind.
  bool allows_rest = false;
  /// What "with any topic" makes of it, where that is something else.
  std::optional<bool> allows_any = std::nullopt;
};

Acl denied(Acl acl) {
  acl.permission = AclPermission::kDeny;
  return acl;
}
Acl with_name(Acl acl, const std::string& name, AclPattern pattern = AclPattern::kLiteral) {
  acl.name = name;
  acl.pattern = pattern;
  return acl;
}
Acl with_prefix(Acl acl) {
  return with_name(acl, acl.name.substr(0, 2), AclPattern::kPrefixed);
}
Acl with_operation(Acl acl, AclOperation operation) {
  acl.operation = operation;
  return acl;
}
Acl with_principal(Acl acl, const std::string& principal) {
  acl.principal = principal;
  return acl;
}
Acl with_host(Acl acl, const std::string& host) {
  acl.host = host;
  return acl;
}
AclOperation implying(AclOperation operation, AclResource resource) {
  if (operation == AclOperation::kDescribeConfigs) return AclOperation::kAlterConfigs;
  if (operation != AclOperation::kDescribe) return operation;
  return resource == AclResource::kCluster           ? AclOperation::kAlter
         : resource == AclResource::kTransactionalId ? AclOperation::kWrite
                                                     : AclOperation::kRead;
}

using States = std::vector<Acl>;
constexpr auto kClosed = Policy::kClosed;

const std::vector<AclState>& acl_states() {
  static const std::vector<AclState> kStates = {
      {"no ACL", false, kClosed, [](const Need&) { return States{}; }},
      {"exactly this", true, kClosed, [](const Need& n) { return States{n.allow}; }},
      {"all operations", true, kClosed,
       [](const Need& n) { return States{with_operation(n.allow, AclOperation::kAll)}; }},
      {"another operation", false, kClosed,
       [](const Need& n) { return States{with_operation(n.allow, AclOperation::kCreateTokens)}; }},
      {"an operation that implies it", true, kClosed,
       [](const Need& n) {
         return States{with_operation(n.allow, implying(n.allow.operation, n.allow.resource))};
       }},
      {"a prefix", true, kClosed, [](const Need& n) { return States{with_prefix(n.allow)}; }},
      {"another prefix", false, kClosed,
       [](const Need& n) { return States{with_name(n.allow, "zz", AclPattern::kPrefixed)}; }, false,
       true},
      {"all names", true, kClosed, [](const Need& n) { return States{with_name(n.allow, "*")}; },
       true},
      {"another kind of resource", false, kClosed,
       [](const Need& n) {
         Acl acl = n.allow;
         acl.resource = AclResource::kUser;
         return States{acl};
       }},
      {"all principals", true, kClosed,
       [](const Need& n) { return States{with_principal(n.allow, "User:*")}; }},
      {"another principal", false, kClosed,
       [](const Need& n) { return States{with_principal(n.allow, "User:somebody")}; }},
      {"this host", true, kClosed,
       [](const Need& n) { return States{with_host(n.allow, "127.0.0.1")}; }},
      {"another host", false, kClosed,
       [](const Need& n) { return States{with_host(n.allow, "127.0.0.2")}; }},
      {"denied and allowed", false, kClosed,
       [](const Need& n) {
         return States{n.allow, denied(n.allow)};
       }},
      {"denied for all names", false, kClosed,
       [](const Need& n) {
         return States{n.allow, denied(with_name(n.allow, "*"))};
       }},
      {"a prefix of it denied", false, kClosed,
       [](const Need& n) {
         return States{with_name(n.allow, "*"), denied(with_prefix(n.allow))};
       },
       true, true},
      {"all operations denied", false, kClosed,
       [](const Need& n) {
         return States{n.allow, denied(with_operation(n.allow, AclOperation::kAll))};
       }},
      {"denied for all principals", false, kClosed,
       [](const Need& n) {
         return States{n.allow, denied(with_principal(n.allow, "User:*"))};
       }},
      {"denied elsewhere alone", true, kClosed,
       [](const Need& n) {
         return States{n.allow, denied(with_host(n.allow, "127.0.0.2")),
                       denied(with_principal(n.allow, "User:somebody")),
                       denied(with_name(n.allow, "zz"))};
       }},
      {"a super user who is denied", true, Policy::kSuperUsers,
       [](const Need& n) {
         return States{denied(n.allow), denied(with_name(n.allow, "*"))};
       },
       true},
      {"nothing said, and everyone allowed then", true, Policy::kOpen,
       [](const Need&) { return States{}; }, true},
      {"said of others, and everyone allowed else", false, Policy::kOpen,
       [](const Need& n) { return States{with_principal(n.allow, "User:somebody")}; }, true, true},
  };
  return kStates;
}

/// The rules of an API that stand for each other end with the one whose denial is seen.
const AccessRule& last_of_alternatives(const AccessRule& rule) {
  const auto all = broker::access_rules();
  auto at =
      static_cast<std::size_t>(std::ranges::find(all, rule.name, &AccessRule::name) - all.begin());
  while (all[at].denial == Denial::kNext) ++at;
  return all[at];
}

/// What else the request needs: exact ACLs for the other rules of its API.
std::vector<Acl> other_needs(const AccessRule& rule, const Need& need) {
  std::vector<Acl> acls;
  for (const AccessRule& other : broker::access_rules()) {
    if (other.api != rule.api || other.denial == Denial::kNext) continue;
    if (last_of_alternatives(other).name == last_of_alternatives(rule).name) continue;
    for (const std::string& name :
         {std::string("orders"), std::string("fresh"), std::string("readers"), std::string("tx-1"),
          std::string(kAclCluster)}) {
      const Acl acl{.resource = other.resource,
                    .name = name,
                    .principal = need.principal,
                    .operation = other.operation};
      // One that would decide the question is no other need.
      const AclQuestion question{need.principal, "127.0.0.1", rule.operation, rule.resource,
                                 need.allow.name};
      if (!decide({acl}, {}, question).allowed) acls.push_back(acl);
    }
  }
  return acls;
}

/// Where everybody may do what no ACL is about: ACLs about what would do as well.
std::vector<Acl> closed_alternatives(const AccessRule& rule) {
  std::vector<Acl> acls;
  for (const AccessRule& other : broker::access_rules()) {
    if (other.api != rule.api || other.name == rule.name) continue;
    const bool is_alternative = other.denial == Denial::kNext ||
                                last_of_alternatives(other).name == last_of_alternatives(rule).name;
    if (!is_alternative) continue;
    acls.push_back({.resource = other.resource,
                    .name = test::access_probes().at(other.name).name,
                    .principal = "User:somebody",
                    .operation = other.operation});
  }
  return acls;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Whether the answer is one to somebody who may do it; nullopt when it is neither.
std::optional<bool> is_served(const AccessRule& rule, const AccessProbe& probe,
                              const std::string& answer) {
  const AccessRule& last = last_of_alternatives(rule);
  if (last.denial == Denial::kField) return has(answer, probe.told);
  if (last.denial == Denial::kHidden) {
    const std::string& name = test::access_probes().at(last.name).name;
    return has(answer, '"' + name + '"');
  }
  if (has(answer, to_string(last.error))) return false;
  return has(answer, "AUTHORIZATION_FAILED") ? std::nullopt : std::optional(true);
}

class Matrix {
 public:
  explicit Matrix(Login login) : login_(login) {}

  void check(const AccessRule& rule, const AccessProbe& probe, const AclState& state) {
    AuthorizationWorld& world = world_of(state.policy);
    const Need need{{.resource = rule.resource,
                     .name = probe.name,
                     .principal = test::principal_of(login_),
                     .operation = rule.operation},
                    test::principal_of(login_)};
    std::vector<Acl> acls = state.acls(need);
    // Where nothing is said, nothing else is said either.
    if (state.policy != Policy::kOpen || !acls.empty()) {
      for (Acl& acl : other_needs(rule, need)) acls.push_back(std::move(acl));
    }
    if (state.policy == Policy::kOpen && !acls.empty()) {
      for (Acl& acl : closed_alternatives(rule)) acls.push_back(std::move(acl));
    }
    world.set_acls(acls);
    // Any topic will do for one rule, also one of which no ACL speaks.
    const bool any_topic =
        rule.name == "init_writer" ||
        (state.policy == Policy::kOpen && last_of_alternatives(rule).name == "init_writer");
    const bool expected = any_topic ? state.allows_any.value_or(state.allows) : state.allows;
    const std::string before = world.state();
    const std::string answer = probe.ask(world);
    const std::string after = world.state();
    CAPTURE(rule.name);
    CAPTURE(state.name);
    CAPTURE(answer);
    CHECK(is_served(rule, probe, answer) == expected);
    if (!expected && rule.denial != Denial::kField) CHECK(after == before);
    const bool sees_all = state.allows_rest || (expected && rule.resource == AclResource::kCluster);
    if (!sees_all) {
      CHECK_FALSE(has(answer, "secret"));
      CHECK_FALSE(has(answer, AuthorizationWorld::kDirectory));
    }
    if (after != before) worlds_[static_cast<std::size_t>(state.policy)].reset();
    ++cases;
  }

  int cases = 0;

 private:
  AuthorizationWorld& world_of(Policy policy) {
    auto& world = worlds_[static_cast<std::size_t>(policy)];
    if (world != nullptr) return *world;
    catalog::ConfigMap settings;
    if (policy == Policy::kSuperUsers) settings["super.users"] = test::principal_of(login_);
    if (policy == Policy::kOpen) settings["allow.everyone.if.no.acl.found"] = "true";
    world = std::make_unique<AuthorizationWorld>(login_, settings);
    return *world;
  }

  Login login_;
  std::array<std::unique_ptr<AuthorizationWorld>, 3> worlds_;
};

/// All cases, or, but in the long run, every other one.
int check_all(Login login, bool all) {
  Matrix matrix(login);
  std::size_t nth = 0;
  for (const AccessRule& rule : broker::access_rules()) {
    const auto probe = test::access_probes().find(rule.name);
    REQUIRE_MESSAGE(probe != test::access_probes().end(), rule.name);
    for (const AclState& state : acl_states()) {
      if (all || nth++ % 2 == 0 || std::getenv("KREEL_LONG") != nullptr) {
        matrix.check(rule, probe->second, state);
      }
    }
    ++nth;  // the other ones of the next rule
  }
  return matrix.cases;
}

}  // namespace

TEST_CASE("authorization matrix: each rule under each kind of ACLs, for three ways to log in") {
  int cases = 0;
  SUBCASE("nobody in particular") {
    cases = check_all(Login::kAnonymous, true);
  }
  SUBCASE("by certificate") {
    cases = check_all(Login::kCertificate, false);
  }
  SUBCASE("by password") {
    cases = check_all(Login::kSasl, false);
  }
  // Two halves and a whole.
  CHECK(cases * 2 >= 1'250);
}

TEST_CASE("authorization matrix: there are 18 kinds of ACLs and more") {
  CHECK(acl_states().size() >= 18);
  CHECK(test::access_probes().size() == broker::access_rules().size());
}
