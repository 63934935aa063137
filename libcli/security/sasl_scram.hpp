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

/// What somebody unknown is told, so that nothing tells him from a user: a salt of his own, the
/// same one each time, that looks like those of users.
struct ScramDisguise {
  Secret secret;  ///< what salts are made of; one that does not outlive a restart gives them away
  std::int32_t iterations = kScramIterationsDefault;
  std::size_t salt_bytes = kScramSaltBytes;
  bool salt_is_text = false;  ///< digits and small letters, as those of Apache Kafka's own tools
};
using ScramDisguiseLookup = std::function<ScramDisguise(ScramMechanism)>;

struct ScramServerOptions {
  ScramMechanism mechanism;
  ScramLookup find;
  ScramDisguiseLookup disguise;
};
std::unique_ptr<SaslSession> make_scram_session(const ScramServerOptions& options, Random& random);

struct ScramClientOptions {
  ScramMechanism mechanism;
  std::string user;
  Secret password;
};
std::unique_ptr<SaslClient> make_scram_client(ScramClientOptions options, Random& random);

}  // namespace kreel::security
