#include "catalog/acl_changes.hpp"

#include <algorithm>
#include <iterator>

namespace kreel::catalog {

AclChange with_acls_added(const std::set<Acl>& before, const std::vector<Acl>& added) {
  AclChange change{before, {}};
  for (const Acl& acl : added) {
    if (change.after.insert(acl).second) change.records.emplace_back(AclAdded{acl});
  }
  return change;
}

std::optional<AclChange> with_acls_removed(const std::set<Acl>& before,
                                           const std::vector<AclFilter>& filters,
                                           std::vector<std::vector<Acl>>& matched) {
  AclChange change{before, {}};
  std::size_t count = 0;
  for (const AclFilter& filter : filters) {
    auto& meant = matched.emplace_back();
    std::ranges::copy_if(before, std::back_inserter(meant),
                         [&](const Acl& acl) { return filter.matches(acl); });
    count += meant.size();
    if (count > kRemovedAclsMax) return std::nullopt;
    for (const Acl& acl : meant) {
      if (change.after.erase(acl) == 1) change.records.emplace_back(AclRemoved{acl});
    }
  }
  return change;
}

}  // namespace kreel::catalog
