#include "security/principal_rules.hpp"

#include <doctest/doctest.h>

namespace kreel::security {
namespace {

std::string mapped(const char* rules, const std::string& name) {
  const auto parsed = PrincipalRules::parse(rules);
  REQUIRE_MESSAGE(parsed.has_value(), rules);
  const auto result = parsed->name_of(name);
  return result ? *result : "error: " + result.error().message();
}

}  // namespace

TEST_CASE("principal rules: what Kafka's own examples make of a name") {
  constexpr const char* kRules =
      "RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L, "
      "RULE:^CN=(.*?),OU=(.*?),O=(.*?),L=(.*?),ST=(.*?),C=(.*?)$/$1@$2/L, "
      "RULE:^cn=(.*?),ou=(.*?),dc=(.*?),dc=(.*?)$/$1@$2/U, "
      "RULE:^.*[Cc][Nn]=([a-zA-Z0-9.]*).*$/$1/U, DEFAULT";
  CHECK(mapped(kRules, "CN=Duke,OU=ServiceUsers,O=Org,C=US") == "duke");
  CHECK(mapped(kRules, "CN=Duke,OU=SME,O=mycp,L=Fulton,ST=MD,C=US") == "duke@sme");
  CHECK(mapped(kRules, "cn=duke,ou=sme,dc=mycp,dc=com") == "DUKE@SME");
  CHECK(mapped(kRules, "cN=duke,OU=JavaSoft,O=Sun Microsystems") == "DUKE");
  CHECK(mapped(kRules, "OU=JavaSoft,O=Sun Microsystems,C=US") ==
        "OU=JavaSoft,O=Sun Microsystems,C=US");
}

TEST_CASE("principal rules: the whole name has to fit, and the first rule that does wins") {
  CHECK(mapped("RULE:CN=app/x/,DEFAULT", "CN=app,O=a") == "CN=app,O=a");
  CHECK(mapped("RULE:CN=(.*)/one/,RULE:CN=(.*)/two/", "CN=a") == "one");
  CHECK(mapped("RULE:^CN=(.*)$/$1\\/x/", "CN=a") == "a/x");
  CHECK(mapped("RULE:^CN=(.*)$/$1$2/", "CN=a") == "a$2");
  CHECK(mapped("RULE:^CN=(.*)$/$12/", "CN=a") == "a2");
  CHECK(mapped("RULE:^CN=(.*)$/$1$45/", "CN=a") == "a$45");
  CHECK(mapped("RULE:^CN=(.*)$/<$0>/", "CN=a") == "<CN=a>");
  CHECK(mapped("RULE:^CN=.*$/\\$1/", "CN=a") == "$1");
  CHECK(mapped("", "CN=a") == "CN=a");
  CHECK(mapped("DEFAULT", "CN=a") == "CN=a");
}

TEST_CASE("principal rules: a name that no rule fits is nobody's") {
  CHECK(mapped("RULE:^CN=app$/app/", "CN=other") ==
        "error: no rule of ssl.principal.mapping.rules fits CN=other");
}

TEST_CASE("principal rules: a rule that leaves nothing makes nobody of a client") {
  CHECK(mapped("RULE:^CN=(.*?),OU=(.*)$/$2/,DEFAULT", "CN=a,OU=") ==
        "error: a rule of ssl.principal.mapping.rules leaves nothing of CN=a,OU=");
  CHECK(mapped("RULE:^CN=.*$//", "CN=a").starts_with("error: a rule of"));
}

TEST_CASE("principal rules: a group that the pattern cannot have is refused") {
  const char* ten = "RULE:(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/$10/";
  for (const char* text : {"RULE:^CN=.*$/$1/", "RULE:^CN=(.*)$/${name}/", "RULE:^CN=(.*)$/a$/",
                           "RULE:^CN=(.*)$/$x/", ten}) {
    CAPTURE(text);
    const auto parsed = PrincipalRules::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message().find("names a group that its pattern does not have") !=
          std::string::npos);
  }
}

TEST_CASE("principal rules: what is no rule is refused") {
  for (const char* text : {"default", "DEFAUL", "DEFAULT/L", "RULE:CN=(.*)/$1", "rule:a/b/",
                           "RULE:(/a/", "RULE:^CN=(?!x).*$/a/", "RULE:a/b/X", "RULE:"}) {
    CAPTURE(text);
    const auto parsed = PrincipalRules::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind() == ErrorKind::kUsage);
  }
}

}  // namespace kreel::security
