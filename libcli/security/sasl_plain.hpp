#pragma once

#include <map>
#include <memory>
#include <string>

#include "security/sasl.hpp"
#include "security/secret.hpp"

namespace kreel::security {

using PlainUsers = std::map<std::string, Secret>;

/// RFC 4616. `users` and `server_secret` outlive the session.
std::unique_ptr<SaslSession> make_plain_session(const PlainUsers& users,
                                                const Secret& server_secret);
std::unique_ptr<SaslClient> make_plain_client(std::string user, Secret password);

}  // namespace kreel::security
