#include "catalog/user_changes.hpp"

#include <algorithm>
#include <iterator>

namespace kreel::catalog {

bool change_user(const UserChange& change, Users& users, std::vector<Record>& records) {
  const auto found = users.find(change.user);
  ScramCredentials credentials = found == users.end() ? ScramCredentials() : found->second;
  std::vector<Record> made;
  for (const auto mechanism : change.removed) {
    if (credentials.erase(mechanism) == 0) return false;
    made.emplace_back(ScramCredentialRemoved{change.user, static_cast<std::int8_t>(mechanism)});
  }
  for (const auto& [mechanism, credential] : change.set) {
    credentials[mechanism] = credential;
    made.emplace_back(
        ScramCredentialSet{change.user, static_cast<std::int8_t>(mechanism), credential});
  }
  if (credentials.empty()) {
    users.erase(change.user);
  } else {
    users[change.user] = std::move(credentials);
  }
  std::ranges::move(made, std::back_inserter(records));
  return true;
}

}  // namespace kreel::catalog
