#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/random.hpp"
#include "security/sasl.hpp"
#include "security/scram.hpp"

namespace kreel::security {

/// The credential of a user; nullopt for nobody's.
using ScramLookup =
    std::function<std::optional<ScramCredential>(ScramMechanism, const std::string& user)>;

struct ScramServerOptions {
  ScramMechanism mechanism;
  ScramLookup find;
  /// Makes up salts for users that are not there: the same one each time.
  Secret server_secret;
};
std::unique_ptr<SaslSession> make_scram_session(const ScramServerOptions& options, Random& random);

struct ScramClientOptions {
  ScramMechanism mechanism;
  std::string user;
  Secret password;
};
std::unique_ptr<SaslClient> make_scram_client(ScramClientOptions options, Random& random);

}  // namespace kreel::security
