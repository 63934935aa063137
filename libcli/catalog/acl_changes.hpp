#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "catalog/records.hpp"
#include "kreel/acls.hpp"

namespace kreel::catalog {

/// The ACLs after a change, and the records that make it.
struct AclChange {
  std::set<Acl> after;
  std::vector<Record> records;
};

/// What is there already stays as it is.
AclChange with_acls_added(const std::set<Acl>& before, const std::vector<Acl>& added);
/// What one removal may tell.
inline constexpr std::size_t kRemovedAclsMax = 100'000;

/// `matched` has for each filter what it means; what two of them mean is told by both.
/// nullopt when they mean more than kRemovedAclsMax together.
std::optional<AclChange> with_acls_removed(const std::set<Acl>& before,
                                           const std::vector<AclFilter>& filters,
                                           std::vector<std::vector<Acl>>& matched);

}  // namespace kreel::catalog
