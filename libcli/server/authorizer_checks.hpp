#pragma once

#include "catalog/catalog.hpp"
#include "server/start_options.hpp"

namespace kreel::server {

/// A line in the log for each thing that makes an authorizer of little use: nobody may make the
/// first ACL, or a listener where everybody is User:ANONYMOUS.
void warn_of_authorizer(const StartOptions& options, const catalog::Snapshot& catalog);

}  // namespace kreel::server
