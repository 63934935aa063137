#pragma once

#include "base/result.hpp"
#include "server/start_options.hpp"

namespace kreel::server {

/// What a broker with these settings would not protect, though they say so, keeps it from starting:
/// a setting of TLS or SASL that no listener uses, and (unless `insecure`) an address that others
/// reach where nobody has to authenticate. kUsage names the setting.
Result<void> check_protection(const StartOptions& options, bool insecure);

}  // namespace kreel::server
