#pragma once

#include <span>
#include <string>
#include <vector>

#include <kreel/admin.hpp>

namespace kreel::cli {

// The groups that were named, with patterns expanded; all of the cluster's where none was.
// kNotFound for a name that no group has, with the nearest one, and for a pattern that fits
// nothing. Brokers that could not be asked for their groups leave an error in `unasked`; without
// it, the groups of the others are all there are.
Result<std::vector<std::string>> wanted_groups(AdminClient& admin,
                                               std::span<const std::string> names,
                                               std::vector<Error>* unasked = nullptr);

}  // namespace kreel::cli
