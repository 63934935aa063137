#pragma once

#include <string>

#include "security/openssl.hpp"

namespace kreel::security {

/// A subject as Java's X500Principal.getName() writes it, and so Kafka's principals and mapping
/// rules: RFC 2253 with its own nine attribute types by name, others as
/// "1.2.840.113549.1.9.1=#1605…".
std::string principal_name(const X509_NAME* name);

}  // namespace kreel::security
