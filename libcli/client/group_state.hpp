#pragma once

#include <string>

#include "kreel/admin.hpp"

namespace kreel::client {

/// The description of one group. ErrorKind::kRefused, naming member, client id and host, when it
/// has members.
Result<GroupDescription> describe_idle_group(AdminClient& admin, const std::string& group);

/// `group "g" not found`, with the nearest of the groups that exist.
Error group_not_found(AdminClient& admin, const std::string& group);

}  // namespace kreel::client
