#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kreel/admin.hpp"

namespace kreel::client {

/// The descriptions of `groups`, in their order; one that cannot be described is the error of all.
Result<std::vector<GroupDescription>> describe_each(AdminClient& admin,
                                                    std::span<const std::string> groups);

/// ErrorKind::kRefused, naming member, client id and host, when `group` has members.
std::optional<Error> refusal_of(const GroupDescription& group);

/// The first refusal of `groups`, as they are now.
Result<void> check_no_members(AdminClient& admin, std::span<const std::string> groups);

/// `group "g" not found`, with the nearest of the groups that exist.
Error group_not_found(AdminClient& admin, const std::string& group);

}  // namespace kreel::client
