#include "catalog/authorizer_settings.hpp"

#include <string>

#include <fmt/core.h>

#include "base/text.hpp"

namespace kreel::catalog {
namespace {

constexpr std::string_view kClassName = "authorizer.class.name";
constexpr std::string_view kSuperUsers = "super.users";
constexpr std::string_view kAllowEveryone = "allow.everyone.if.no.acl.found";

std::string_view authorizer_setting(const ConfigMap& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string_view() : trim(found->second);
}

Result<void> check_without_authorizer(const ConfigMap& settings) {
  const bool has_users = !authorizer_setting(settings, kSuperUsers).empty();
  if (!has_users && authorizer_setting(settings, kAllowEveryone) != "true") return {};
  return fail(
      ErrorKind::kUsage,
      fmt::format("{}: there is no authorizer, so everybody may do everything",
                  has_users ? kSuperUsers : kAllowEveryone),
      fmt::format("--acl, which is {}={}, or leave it out", kClassName, kStandardAuthorizer));
}

}  // namespace

Result<std::optional<AclPolicy>> resolve_authorizer(const ConfigMap& checked) {
  constexpr std::string_view kUser = "User:";
  const std::string_view name = authorizer_setting(checked, kClassName);
  if (name.empty()) {
    TRY(check_without_authorizer(checked));
    return std::optional<AclPolicy>();
  }
  if (name != kStandardAuthorizer) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("kreel has no authorizer {}, and will not run without", escape_control(name)),
        fmt::format("{} has the same ACLs", kStandardAuthorizer));
  }
  AclPolicy policy;
  for (const std::string_view part : split(authorizer_setting(checked, kSuperUsers), ';')) {
    const std::string_view user = trim(part);
    if (user.empty()) continue;
    if (!user.starts_with(kUser) || user.size() == kUser.size()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: \"{}\" is not User:NAME", kSuperUsers, escape_control(user)),
                  "User:alice;User:CN=ops,O=example, say");
    }
    policy.super_users.emplace_back(user);
  }
  policy.allow_everyone_if_no_acl_found = authorizer_setting(checked, kAllowEveryone) == "true";
  return std::optional(std::move(policy));
}

std::vector<std::string> super_user_warnings(const AclPolicy& policy) {
  std::vector<std::string> warnings;
  for (const std::string& user : policy.super_users) {
    // The names in certificates have commas, and an equals sign for each part.
    const bool is_list = user.find(",User:") != std::string::npos;
    const bool is_name = user.find('=') != std::string::npos;
    if (user.find(',') == std::string::npos || (is_name && !is_list)) continue;
    warnings.push_back(fmt::format("{}: \"{}\" is one user: they are separated by semicolons",
                                   kSuperUsers, escape_control(user)));
  }
  return warnings;
}

}  // namespace kreel::catalog
