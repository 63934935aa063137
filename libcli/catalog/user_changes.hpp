#pragma once

#include <vector>

#include "catalog/catalog.hpp"
#include "catalog/records.hpp"

namespace kreel::catalog {

/// The records of one user's change, and the users after it; false when he has not what is
///  removed.
bool change_user(const UserChange& change, Users& users, std::vector<Record>& records);

}  // namespace kreel::catalog
