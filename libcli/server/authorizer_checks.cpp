#include "server/authorizer_checks.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "server/tls_settings.hpp"

namespace kreel::server {
namespace {

constexpr std::string_view kAnonymous = "User:ANONYMOUS";

bool knows_nobody(const StartOptions& options, const catalog::Listener& listener) {
  if (listener.has_sasl()) return false;
  if (!listener.has_tls()) return true;
  const std::string wanted = listener_setting(options, listener, "ssl.client.auth");
  return wanted.empty() || equals_ignore_case(wanted, "none");
}

}  // namespace

void warn_of_authorizer(const StartOptions& options, const catalog::Snapshot& catalog) {
  if (!options.config.authorizer) return;
  const AclPolicy& policy = *options.config.authorizer;
  const bool is_open = policy.allow_everyone_if_no_acl_found;
  if (policy.super_users.empty() && !is_open && catalog.acls()->all().empty()) {
    log::warning(
        "nobody may do anything: there is no super user and no ACL, so nobody can make one; "
        "--super-user USER, or super.users, names somebody");
  }
  if (std::ranges::find(policy.super_users, kAnonymous) != policy.super_users.end()) return;
  for (const catalog::Listener& listener : options.config.listeners) {
    if (!knows_nobody(options, listener)) continue;
    log::warning(
        fmt::format("listener {}: nobody has to say who he is, so to the ACLs everybody is {}",
                    listener.name, kAnonymous));
  }
}

}  // namespace kreel::server
