#pragma once

#include <functional>
#include <map>
#include <string>

#include "security/scram.hpp"

namespace kreel::catalog {

/// What one user may show a password by.
using ScramCredentials = std::map<security::ScramMechanism, security::ScramCredential>;

/// Nobody is here without a credential.
using Users = std::map<std::string, ScramCredentials, std::less<>>;

}  // namespace kreel::catalog
