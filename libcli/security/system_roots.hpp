#pragma once

#include <optional>
#include <string>

namespace kreel::security {

/// The file of the authorities that this system trusts, where OpenSSL does not look for it: an
/// OpenSSL that the program brings along knows another distribution's places. Nothing where those
/// are there, or where SSL_CERT_FILE or SSL_CERT_DIR names others.
std::optional<std::string> system_roots_elsewhere();

}  // namespace kreel::security
