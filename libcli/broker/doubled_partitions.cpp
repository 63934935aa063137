#include "broker/doubled_partitions.hpp"

#include <algorithm>
#include <set>

namespace kreel::broker {

std::vector<bool> named_again(const std::vector<NamedPartition>& names) {
  if (names.size() < 2) return {};
  auto sorted = names;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) == sorted.end()) return {};
  std::vector<bool> again(names.size());
  std::set<NamedPartition> seen;
  for (std::size_t i = names.size(); i-- > 0;) again[i] = !seen.insert(names[i]).second;
  return again;
}

}  // namespace kreel::broker
