#include <doctest/doctest.h>

#include <fstream>
#include <optional>

#include <fmt/core.h>

#include "base/text.hpp"
#include "security/authorizer.hpp"

using namespace kreel;
using security::AclSet;
using security::Authorizer;

namespace {

template <class Kind>
Kind number(std::string_view text) {
  const auto value = parse_int32(text);
  REQUIRE(value);
  return static_cast<Kind>(*value);
}

/// One round of the file: a broker's settings and ACLs.
struct Round {
  AclPolicy policy;
  std::set<Acl> acls;
  std::optional<AclSet> set;

  void add(const std::vector<std::string_view>& words) {
    acls.insert({.resource = number<AclResource>(words[1]),
                 .name = std::string(words[3]),
                 .pattern = number<AclPattern>(words[2]),
                 .principal = std::string(words[4]),
                 .host = std::string(words[5]),
                 .operation = number<AclOperation>(words[6]),
                 .permission = number<AclPermission>(words[7])});
  }
  bool answer(const std::vector<std::string_view>& words) {
    if (!set) set.emplace(acls);
    const Authorizer authorizer(policy);
    const AclQuestion question{words[1], words[2], number<AclOperation>(words[3]),
                               AclResource::kTopic, words[4]};
    return words[4] == "?" ? authorizer.allows_any(*set, question)
                           : authorizer.allows(*set, question);
  }
};

}  // namespace

TEST_CASE("authorizer: it decides as Apache Kafka's own does") {
  std::ifstream file(std::string(KREEL_TEST_DATA) + "/golden/acls_kafka_4.3.1.txt");
  std::optional<Round> round;
  int questions = 0;
  int line_number = 0;
  for (std::string line; std::getline(file, line);) {
    ++line_number;
    const auto words = split(line, ' ');
    if (words[0] == "policy") {
      round.emplace();
      if (words[1] != "-") round->policy.super_users = {std::string(words[1])};
      round->policy.allow_everyone_if_no_acl_found = words[2] == "true";
    } else if (words[0] == "acl") {
      round->add(words);
    } else {
      ++questions;
      // Kafka leaves out the ACLs of all resources, "*", where a name begins with that itself.
      if (words[4].starts_with('*')) continue;
      if (round->answer(words) != (words[5] == "A"))
        FAIL_CHECK(fmt::format("{}: {}", line_number, line));
    }
  }
  CHECK(questions == 2'400);
}
