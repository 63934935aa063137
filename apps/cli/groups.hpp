#pragma once

#include <span>
#include <string>
#include <vector>

#include <kreel/acls.hpp>
#include <kreel/admin.hpp>

namespace kreel::cli {

// The groups that were named, with patterns expanded; all of the cluster's where none was.
// kNotFound for a name that no group has, with the nearest one, and for a pattern that fits
// nothing; kNotAuthorized for a name that may not be looked up; beside other groups that are there,
// such a name is an error in `unasked`. So is a broker that could not be asked for its groups;
// without `unasked`, those of the others are all there are.
Result<std::vector<std::string>> wanted_groups(AdminClient& admin,
                                               std::span<const std::string> names,
                                               std::vector<Error>* unasked = nullptr,
                                               AclOperation purpose = AclOperation::kDescribe);

}  // namespace kreel::cli
