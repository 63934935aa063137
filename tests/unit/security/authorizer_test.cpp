#include "security/authorizer.hpp"

#include <doctest/doctest.h>

#include <fmt/core.h>

#include "base/random.hpp"

using namespace kreel;
using security::AclSet;
using security::Authorizer;
using enum AclOperation;

namespace {

constexpr auto kDeny = AclPermission::kDeny;
constexpr auto kPrefixed = AclPattern::kPrefixed;

Acl allow(const std::string& principal, AclOperation operation, const std::string& topic) {
  return {.name = topic, .principal = principal, .operation = operation};
}
Acl prefixed(Acl acl) {
  acl.pattern = kPrefixed;
  return acl;
}
Acl denied(Acl acl) {
  acl.permission = kDeny;
  return acl;
}
Acl from(const std::string& host, Acl acl) {
  acl.host = host;
  return acl;
}

struct Ask {
  std::string principal = "User:alice";
  std::string host = "10.0.0.7";
};

bool may(const std::vector<Acl>& acls, AclOperation operation, const std::string& topic,
         const Ask& ask = {}, const AclPolicy& policy = {}) {
  return decide(acls, policy, {ask.principal, ask.host, operation, AclResource::kTopic, topic})
      .allowed;
}

bool may_any(const std::vector<Acl>& acls, AclOperation operation, const AclPolicy& policy = {}) {
  const AclSet set({acls.begin(), acls.end()});
  return Authorizer(policy).allows_any(
      set, {"User:alice", "10.0.0.7", operation, AclResource::kTopic, {}});
}

const std::string kAlice = "User:alice";

}  // namespace

TEST_CASE("authorizer: nobody may do what no ACL says") {
  CHECK_FALSE(may({}, kRead, "orders"));
  CHECK(may({allow(kAlice, kRead, "orders")}, kRead, "orders"));
  CHECK_FALSE(may({allow(kAlice, kRead, "orders")}, kWrite, "orders"));
  CHECK_FALSE(may({allow(kAlice, kRead, "orders")}, kRead, "orders2"));
  CHECK_FALSE(may({allow(kAlice, kRead, "orders2")}, kRead, "orders"));
  CHECK_FALSE(may({allow("User:bob", kRead, "orders")}, kRead, "orders"));
  CHECK_FALSE(may({allow("User:Alice", kRead, "orders")}, kRead, "orders"));
  Acl of_group = allow(kAlice, kRead, "orders");
  of_group.resource = AclResource::kGroup;
  CHECK_FALSE(may({of_group}, kRead, "orders"));
  CHECK(may({allow(kAlice, kAll, "orders")}, kAlterConfigs, "orders"));
}

TEST_CASE("authorizer: a name, all names, or what begins with a prefix") {
  CHECK(may({allow(kAlice, kRead, "*")}, kRead, "orders"));
  CHECK(may({prefixed(allow(kAlice, kRead, "ord"))}, kRead, "orders"));
  CHECK(may({prefixed(allow(kAlice, kRead, "orders"))}, kRead, "orders"));
  CHECK_FALSE(may({prefixed(allow(kAlice, kRead, "orders"))}, kRead, "order"));
  CHECK_FALSE(may({allow(kAlice, kRead, "ord")}, kRead, "orders"));
  // A prefix "*" is one for names that begin with a star, of which there are none.
  CHECK_FALSE(may({prefixed(allow(kAlice, kRead, "*"))}, kRead, "orders"));
  const std::vector<Acl> nested = {
      prefixed(allow(kAlice, kRead, "a")), prefixed(allow(kAlice, kWrite, "a.b")),
      prefixed(denied(allow(kAlice, kRead, "a.b.c"))), prefixed(allow(kAlice, kAlter, "a.c")),
      prefixed(allow(kAlice, kRead, "b"))};
  CHECK(may(nested, kRead, "a.b.d"));
  CHECK(may(nested, kWrite, "a.b.d"));
  CHECK_FALSE(may(nested, kRead, "a.b.c.d"));
  CHECK(may(nested, kRead, "a.bz"));
  CHECK_FALSE(may(nested, kAlter, "a.b"));
  CHECK(may(nested, kAlter, "a.cx"));
}

TEST_CASE("authorizer: a denial wins over whatever is allowed, wherever it stands") {
  const Acl allowed = allow(kAlice, kRead, "orders");
  CHECK_FALSE(may({allowed, denied(allow(kAlice, kRead, "orders"))}, kRead, "orders"));
  CHECK_FALSE(may({allowed, denied(allow(kAlice, kRead, "*"))}, kRead, "orders"));
  CHECK_FALSE(may({allowed, prefixed(denied(allow(kAlice, kRead, "o")))}, kRead, "orders"));
  CHECK_FALSE(may({allowed, denied(allow("User:*", kRead, "orders"))}, kRead, "orders"));
  CHECK_FALSE(may({allowed, denied(allow(kAlice, kAll, "orders"))}, kRead, "orders"));
  CHECK_FALSE(
      may({allow("User:*", kAll, "*"), denied(allow(kAlice, kRead, "orders"))}, kRead, "orders"));
  CHECK(may({allowed, denied(allow("User:bob", kRead, "orders"))}, kRead, "orders"));
  CHECK(may({allowed, denied(allow(kAlice, kWrite, "orders"))}, kRead, "orders"));
  CHECK(may({allowed, from("10.0.0.8", denied(allow(kAlice, kRead, "orders")))}, kRead, "orders"));
}

TEST_CASE("authorizer: an ACL may be for one address, in any of its spellings") {
  CHECK(may({from("10.0.0.7", allow(kAlice, kRead, "t"))}, kRead, "t"));
  CHECK_FALSE(may({from("10.0.0.8", allow(kAlice, kRead, "t"))}, kRead, "t"));
  CHECK_FALSE(may({from("10.0.0", allow(kAlice, kRead, "t"))}, kRead, "t"));
  const std::vector<Acl> v6 = {from("0:0:0:0:0:0:0:1", allow(kAlice, kRead, "t"))};
  CHECK(may(v6, kRead, "t", {.host = "::1"}));
  CHECK(may({from("::1", allow(kAlice, kRead, "t"))}, kRead, "t", {.host = "0:0:0:0:0:0:0:1"}));
  CHECK(
      may({from("10.0.0.7", allow(kAlice, kRead, "t"))}, kRead, "t", {.host = "::ffff:10.0.0.7"}));
  CHECK_FALSE(may(v6, kRead, "t", {.host = "::2"}));
  CHECK_FALSE(may({from("alice.example", allow(kAlice, kRead, "t"))}, kRead, "t"));
}

TEST_CASE("authorizer: what is allowed implies that it may be described, and a denial nothing") {
  for (const auto operation : {kRead, kWrite, kDelete, kAlter}) {
    CHECK(may({allow(kAlice, operation, "t")}, kDescribe, "t"));
    CHECK(may({allow(kAlice, kDescribe, "t"), denied(allow(kAlice, operation, "t"))}, kDescribe,
              "t"));
  }
  for (const auto operation : {kCreate, kClusterAction, kDescribeConfigs, kAlterConfigs}) {
    CHECK_FALSE(may({allow(kAlice, operation, "t")}, kDescribe, "t"));
  }
  CHECK(may({allow(kAlice, kAlterConfigs, "t")}, kDescribeConfigs, "t"));
  CHECK_FALSE(may({allow(kAlice, kAlter, "t")}, kDescribeConfigs, "t"));
  CHECK_FALSE(may({allow(kAlice, kDescribe, "t")}, kRead, "t"));
}

TEST_CASE("authorizer: super users, and what is said of nothing") {
  const AclPolicy policy{.super_users = {"User:root"}, .allow_everyone_if_no_acl_found = false};
  CHECK(may({denied(allow("User:*", kAll, "*"))}, kRead, "t", {.principal = "User:root"}, policy));
  CHECK_FALSE(may({}, kRead, "t", {.principal = "User:ROOT"}, policy));
  const AclPolicy open{.super_users = {}, .allow_everyone_if_no_acl_found = true};
  CHECK(may({}, kRead, "t", {}, open));
  CHECK(may({allow("User:bob", kRead, "other")}, kRead, "t", {}, open));
  // Once there is any ACL for a resource, its ACLs alone count.
  CHECK_FALSE(may({allow("User:bob", kRead, "t")}, kRead, "t", {}, open));
  CHECK_FALSE(may({allow("User:bob", kRead, "*")}, kRead, "t", {}, open));
  CHECK_FALSE(may({prefixed(allow("User:bob", kRead, "t"))}, kRead, "t2", {}, open));
}

TEST_CASE("authorizer: of several ACLs that allow, one may go (CVE-2024-27309)") {
  std::vector<Acl> acls = {allow(kAlice, kRead, "t"), allow(kAlice, kAll, "t"),
                           denied(allow(kAlice, kRead, "t"))};
  CHECK_FALSE(may(acls, kRead, "t"));
  acls.erase(acls.begin());
  CHECK_FALSE(may(acls, kRead, "t"));
  acls.pop_back();
  CHECK(may(acls, kRead, "t"));
}

TEST_CASE("authorizer: with any resource of a kind, unless denials leave none") {
  CHECK_FALSE(may_any({}, kWrite));
  CHECK(may_any({allow(kAlice, kWrite, "t")}, kWrite));
  CHECK(may_any({allow(kAlice, kAll, "t")}, kWrite));
  CHECK_FALSE(may_any({allow(kAlice, kRead, "t")}, kWrite));
  CHECK_FALSE(may_any({from("10.0.0.8", allow(kAlice, kWrite, "t"))}, kWrite));
  CHECK_FALSE(may_any({allow(kAlice, kWrite, "t"), denied(allow(kAlice, kWrite, "t"))}, kWrite));
  CHECK_FALSE(may_any({allow(kAlice, kWrite, "t"), denied(allow("User:*", kAll, "*"))}, kWrite));
  CHECK_FALSE(
      may_any({allow(kAlice, kWrite, "t"), prefixed(denied(allow(kAlice, kWrite, "t")))}, kWrite));
  CHECK(
      may_any({prefixed(allow(kAlice, kWrite, "t")), denied(allow(kAlice, kWrite, "t"))}, kWrite));
  CHECK(
      may_any({allow(kAlice, kWrite, "*"), prefixed(denied(allow(kAlice, kWrite, "t")))}, kWrite));
  CHECK_FALSE(
      may_any({prefixed(allow(kAlice, kWrite, "te")), prefixed(denied(allow(kAlice, kWrite, "t")))},
              kWrite));
  CHECK(may_any({denied(allow("User:*", kAll, "*"))}, kWrite,
                {.super_users = {kAlice}, .allow_everyone_if_no_acl_found = false}));
}

TEST_CASE("authorizer: it tells what has decided") {
  using Reason = AclDecision::Reason;
  const Acl rule = prefixed(allow(kAlice, kWrite, "ord"));
  const auto asked = [&](const std::string& topic, const AclPolicy& policy = {}) {
    return decide({rule, allow("User:bob", kRead, "stock")}, policy,
                  {kAlice, "10.0.0.7", kDescribe, AclResource::kTopic, topic});
  };
  CHECK(asked("orders").allowed);
  CHECK(asked("orders").reason == Reason::kRule);
  CHECK(asked("orders").rule == rule);
  CHECK(asked("stock").reason == Reason::kNoRule);
  CHECK(asked("else").reason == Reason::kNothingApplies);
  CHECK_FALSE(asked("else").rule);
  CHECK(asked("else", {{kAlice}, false}).reason == Reason::kSuperUser);
  CHECK(asked("else", {{}, true}).allowed);
}

namespace {

/// The rules once more, in the simplest words: one look at each ACL.
bool decides_naively(const std::set<Acl>& acls, const AclPolicy& policy, const AclQuestion& asked) {
  for (const auto& user : policy.super_users) {
    if (user == asked.principal) return true;
  }
  bool any = false;
  bool allowed = false;
  for (const Acl& acl : acls) {
    if (acl.resource != asked.resource) continue;
    const bool is_for_name = acl.pattern == kPrefixed
                                 ? asked.name.substr(0, acl.name.size()) == acl.name
                                 : acl.name == "*" || acl.name == asked.name;
    if (!is_for_name) continue;
    any = true;
    if (acl.principal != "User:*" && acl.principal != asked.principal) continue;
    if (acl.host != "*" && acl.host != asked.host) continue;
    const bool is_allow = acl.permission == AclPermission::kAllow;
    const auto allows = [&](AclOperation operation) {
      return is_allow && acl.operation == operation;
    };
    bool is_operation = acl.operation == kAll || acl.operation == asked.operation;
    if (asked.operation == kDescribe) {
      is_operation |= allows(kRead) || allows(kWrite) || allows(kDelete) || allows(kAlter);
    }
    if (asked.operation == kDescribeConfigs) is_operation |= allows(kAlterConfigs);
    if (!is_operation) continue;
    if (!is_allow) return false;
    allowed = true;
  }
  return allowed || (!any && policy.allow_everyone_if_no_acl_found);
}

struct RandomAcls {
  SeededRandom random{7};

  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(random.next_u64() % bound);
  }
  std::string name() {
    std::string text;
    for (std::size_t length = 1 + below(4); length > 0; --length) text += "ab*"[below(3)];
    return text;
  }
  std::string principal() { return fmt::format("User:{}", "xy*"[below(3)]); }
  std::string host() { return below(2) == 0 ? "*" : fmt::format("10.0.0.{}", 1 + below(2)); }
  AclOperation operation(AclOperation first) {
    const auto from = static_cast<std::size_t>(first);
    return static_cast<AclOperation>(from + below(12 - from));
  }
  Acl acl() {
    return {.resource = below(4) == 0 ? AclResource::kGroup : AclResource::kTopic,
            .name = below(8) == 0 ? "*" : name(),
            .pattern = below(2) == 0 ? kPrefixed : AclPattern::kLiteral,
            .principal = principal(),
            .host = host(),
            .operation = operation(kAll),
            .permission = below(4) == 0 ? kDeny : AclPermission::kAllow};
  }
};

}  // namespace

TEST_CASE("authorizer: after any changes it decides as the simplest reading of the rules does") {
  RandomAcls make;
  int allowed = 0;
  constexpr int kRounds = 400;
  constexpr int kQuestions = 250;
  for (int round = 0; round < kRounds; ++round) {
    std::set<Acl> acls;
    for (std::size_t i = make.below(20); i > 0; --i) acls.insert(make.acl());
    AclPolicy policy;
    policy.allow_everyone_if_no_acl_found = make.below(2) == 0;
    if (make.below(8) == 0) policy.super_users = {"User:x"};
    const AclSet set(acls);
    const Authorizer authorizer(policy);
    for (int i = 0; i < kQuestions; ++i) {
      const std::string name = make.name();
      const std::string principal = make.below(2) == 0 ? "User:x" : "User:y";
      const std::string host = make.below(2) == 0 ? "10.0.0.1" : "10.0.0.2";
      const AclQuestion asked{principal, host, make.operation(kRead), AclResource::kTopic, name};
      const bool expected = decides_naively(acls, policy, asked);
      allowed += expected ? 1 : 0;
      if (authorizer.allows(set, asked) == expected) continue;
      FAIL(fmt::format("round {}: {} {} on {}, expected {}", round, principal,
                       to_string(asked.operation), name, expected));
    }
  }
  CHECK(allowed > kRounds * kQuestions / 10);
  CHECK(allowed < kRounds * kQuestions * 9 / 10);
}

TEST_CASE("acl filter: what it means is what Kafka's filters mean") {
  const Acl literal = allow(kAlice, kRead, "orders");
  const Acl wildcard = allow(kAlice, kRead, "*");
  const Acl prefix = prefixed(allow(kAlice, kRead, "ord"));
  AclFilter filter;
  CHECK(filter.matches(literal));
  filter.name = "orders";
  CHECK(filter.matches(literal));
  CHECK_FALSE(filter.matches(wildcard));
  CHECK_FALSE(filter.matches(prefix));
  filter.pattern = AclPattern::kMatch;
  CHECK(filter.matches(literal));
  CHECK(filter.matches(wildcard));
  CHECK(filter.matches(prefix));
  filter.pattern = AclPattern::kLiteral;
  CHECK(filter.matches(literal));
  CHECK_FALSE(filter.matches(wildcard));
  CHECK_FALSE(filter.matches(prefix));
  filter = {.name = "ord", .pattern = kPrefixed};
  CHECK(filter.matches(prefix));
  filter.name = "orders";
  CHECK_FALSE(filter.matches(prefix));
  filter = {.resource = AclResource::kGroup};
  CHECK_FALSE(filter.matches(literal));
  filter = {.principal = "User:bob"};
  CHECK_FALSE(filter.matches(literal));
  filter = {.host = "10.0.0.7"};
  CHECK_FALSE(filter.matches(literal));
  filter = {.operation = kWrite};
  CHECK_FALSE(filter.matches(literal));
  filter = {.operation = kAll};
  CHECK_FALSE(filter.matches(literal));
  filter = {.permission = kDeny};
  CHECK_FALSE(filter.matches(literal));
}

TEST_CASE("acl names: Kafka's words, read in any spelling of its tools") {
  CHECK(to_string(AclResource::kTransactionalId) == "TransactionalId");
  CHECK(parse_acl_resource("transactional-id") == AclResource::kTransactionalId);
  CHECK(parse_acl_resource("TRANSACTIONAL_ID") == AclResource::kTransactionalId);
  CHECK(parse_acl_operation("IdempotentWrite") == kIdempotentWrite);
  CHECK(parse_acl_operation("TWO_PHASE_COMMIT") == kTwoPhaseCommit);
  CHECK(parse_acl_pattern("prefixed") == kPrefixed);
  CHECK_FALSE(parse_acl_operation("reed"));
  CHECK_FALSE(parse_acl_resource(""));
  CHECK(acl_operations(AclResource::kUser).size() == 2);
}

TEST_CASE("acl names: what only newer brokers have is unknown, and allows nothing") {
  CHECK(to_string(static_cast<AclResource>(99)) == "Unknown");
  CHECK(to_string(static_cast<AclOperation>(0)) == "Unknown");
  CHECK(to_string(static_cast<AclPattern>(-1)) == "Unknown");
  Acl acl = allow(kAlice, kRead, "orders");
  acl.permission = static_cast<AclPermission>(7);
  CHECK_FALSE(may({acl}, kRead, "orders"));
}
