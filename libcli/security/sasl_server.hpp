#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "security/bearer_token.hpp"
#include "security/sasl.hpp"
#include "security/sasl_plain.hpp"
#include "security/sasl_scram.hpp"

namespace kreel::security {

/// How clients of one listener show who they are. Immutable: any thread may use it.
class SaslServer {
 public:
  struct Options {
    std::vector<std::string> mechanisms;  ///< in the order in which clients are told
    PlainUsers plain_users;
    ScramLookup scram;
    ScramDisguiseLookup scram_disguise;
    /// With OAUTHBEARER.
    std::shared_ptr<TokenValidator> tokens;
    /// 0: a connection stays who it is for ever (connections.max.reauth.ms).
    std::int64_t reauthenticate_ms = 0;
    /// So that guessing takes its time (connection.failed.authentication.delay.ms).
    std::int64_t failure_delay_ms = 100;
  };
  SaslServer(Options options, Random& random);

  const std::vector<std::string>& mechanisms() const { return options_.mechanisms; }
  std::int64_t reauthenticate_ms() const { return options_.reauthenticate_ms; }
  std::int64_t failure_delay_ms() const { return options_.failure_delay_ms; }
  /// Null without OAUTHBEARER.
  const std::shared_ptr<TokenValidator>& tokens() const { return options_.tokens; }
  /// Null for a mechanism that is not among them. Lives shorter than this.
  std::unique_ptr<SaslSession> begin(std::string_view mechanism) const;

 private:
  const Options options_;
  Random& random_;
  Secret secret_;
};

}  // namespace kreel::security
