// What stands in ACLs and in settings beside them, which come from requests and from files: names
// of operations and resources, principals and hosts, and the rules that make principals of
// certificates. Of lines; the rules that they make are asked about each of them.
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "fuzz/fuzz_input.hpp"
#include "kreel/acls.hpp"
#include "security/acl_set.hpp"
#include "security/principal_rules.hpp"

namespace {

using namespace kreel;

constexpr std::size_t kLinesMax = 24;
constexpr std::size_t kRulesBytesMax = 4'096;

// What decides among all rules without an index.
bool is_denied(const std::vector<Acl>& acls, const AclQuestion& question) {
  for (const Acl& acl : acls) {
    AclFilter applies;
    applies.resource = question.resource;
    applies.name = std::string(question.name);
    applies.pattern = AclPattern::kMatch;
    const bool same = acl.operation == question.operation || acl.operation == AclOperation::kAll;
    const bool his = acl.principal == question.principal || acl.principal == kAclAnyPrincipal;
    const bool from =
        acl.host == kAclWildcard || security::canonical_host(acl.host) == question.host;
    if (acl.permission == AclPermission::kDeny && same && his && from && applies.matches(acl)) {
      return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // An administrator's own text: not as long as a request.
  if (const auto rules = security::PrincipalRules::parse(text.substr(0, kRulesBytesMax))) {
    static_cast<void>(rules->name_of("CN=client,OU=Eng,O=kreel"));
  }
  auto lines = split(text, '\n');
  if (lines.size() > kLinesMax) lines.resize(kLinesMax);
  std::vector<Acl> acls;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line(lines[i]);
    const auto operation = parse_acl_operation(line);
    if (operation) FUZZ_CHECK(parse_acl_operation(to_string(*operation)) == operation);
    const auto resource = parse_acl_resource(line);
    if (resource) FUZZ_CHECK(parse_acl_resource(to_string(*resource)) == resource);
    const std::string host = security::canonical_host(line);
    FUZZ_CHECK(security::canonical_host(host) == host);
    acls.push_back({.resource = AclResource::kTopic,
                    .name = line,
                    .pattern = i % 2 == 0 ? AclPattern::kPrefixed : AclPattern::kLiteral,
                    .principal = i % 3 == 0 ? std::string(kAclAnyPrincipal) : "User:" + line,
                    .host = i % 5 == 0 ? line : std::string(kAclWildcard),
                    .operation = operation.value_or(AclOperation::kWrite),
                    .permission = i % 4 == 0 ? AclPermission::kDeny : AclPermission::kAllow});
  }
  const security::AclSet set(std::set<Acl>(acls.begin(), acls.end()));
  for (const std::string_view line : lines) {
    const std::string principal = "User:" + std::string(line);
    const AclQuestion question{principal, "10.0.0.7", AclOperation::kWrite, AclResource::kTopic,
                               line};
    FUZZ_CHECK((set.judge(question).denied != nullptr) == is_denied(acls, question));
  }
  return 0;
}
