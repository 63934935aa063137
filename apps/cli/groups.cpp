#include "cli/groups.hpp"

#include <algorithm>

#include <fmt/core.h>

#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::cli {

Result<std::vector<std::string>> wanted_groups(AdminClient& admin,
                                               std::span<const std::string> names,
                                               std::vector<Error>* unasked) {
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
  std::vector<std::string> found;
  std::optional<Error> first_missing;
  for (const std::string& name : wanted) {
    // A broker that could not be asked may know the group.
    if (!listed.errors.empty() || std::ranges::find(existing, name) != existing.end()) {
      found.push_back(name);
      continue;
    }
    const auto near = nearest(name, existing);
    Error missing(ErrorKind::kNotFound, fmt::format("group \"{}\" not found", name),
                  near ? fmt::format("did you mean \"{}\"?", *near) : std::string());
    if (unasked != nullptr) unasked->push_back(missing);
    if (!first_missing) first_missing = std::move(missing);
  }
  if (first_missing && (found.empty() || unasked == nullptr)) return fail(*first_missing);
  return found;
}

}  // namespace kreel::cli
