#include "cli/groups.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::cli {
namespace {

// A list leaves out what its reader may not see: of `wanted`, the groups that are not among the
// `listed` for that reason.
std::map<std::string, Error> denied_groups(AdminClient& admin,
                                           const std::vector<std::string>& wanted,
                                           const std::vector<std::string>& listed,
                                           AclOperation purpose) {
  std::map<std::string, Error> denied;
  std::vector<std::string> missing;
  for (const std::string& name : wanted) {
    if (std::ranges::find(listed, name) == listed.end()) missing.push_back(name);
  }
  if (missing.empty()) return denied;
  const auto found = admin.find_coordinators(missing);
  if (!found) return denied;
  for (const GroupCoordinator& group : *found) {
    if (!group.error || group.error->error.kind() != ErrorKind::kNotAuthorized) continue;
    denied.emplace(group.group,
                   not_authorized(purpose, AclResource::kGroup, group.group, admin.user()));
  }
  return denied;
}

}  // namespace

Result<std::vector<std::string>> wanted_groups(AdminClient& admin,
                                               std::span<const std::string> names,
                                               std::vector<Error>* unasked, AclOperation purpose) {
  TRY_ASSIGN(const auto listed, admin.list_groups({}));
  if (!listed.errors.empty() && listed.groups.empty()) return fail(listed.errors.front());
  if (unasked != nullptr) *unasked = listed.errors;
  std::vector<std::string> existing;
  for (const GroupListing& group : listed.groups) existing.push_back(group.group);
  if (names.empty()) return existing;
  std::vector<std::string> wanted = expand_patterns(names, existing);
  if (wanted.empty()) {
    return fail(ErrorKind::kNotFound, fmt::format("no group matches \"{}\"", names.front()));
  }
  const auto denied = listed.errors.empty() ? denied_groups(admin, wanted, existing, purpose)
                                            : std::map<std::string, Error>();
  std::vector<std::string> found;
  std::optional<Error> first_missing;
  for (const std::string& name : wanted) {
    // A broker that could not be asked may know the group.
    if (!listed.errors.empty() || std::ranges::find(existing, name) != existing.end()) {
      found.push_back(name);
      continue;
    }
    const auto near = nearest(name, existing);
    const auto denial = denied.find(name);
    Error missing = denial != denied.end()
                        ? denial->second
                        : Error(ErrorKind::kNotFound, fmt::format("group \"{}\" not found", name),
                                near ? fmt::format("did you mean \"{}\"?", *near) : std::string());
    if (unasked != nullptr) unasked->push_back(missing);
    if (!first_missing) first_missing = std::move(missing);
  }
  if (first_missing && (found.empty() || unasked == nullptr)) return fail(*first_missing);
  return found;
}

}  // namespace kreel::cli
