#pragma once

#include "security/openssl.hpp"

namespace kreel::security {

/// A socket for OpenSSL, which stays its owner's: never raises SIGPIPE, and tells a closed one by
/// errno 0.
BioPtr make_socket_bio(int socket);

}  // namespace kreel::security
