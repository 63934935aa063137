#include "security/sasl_server.hpp"

#include <algorithm>
#include <array>

namespace kreel::security {

SaslServer::SaslServer(Options options, Random& random)
    : options_(std::move(options)), random_(random) {
  std::array<std::byte, 32> bytes{};
  random_.fill(bytes);
  secret_ = Secret(std::string(as_text(bytes)));
}

std::unique_ptr<SaslSession> SaslServer::begin(std::string_view mechanism) const {
  if (std::ranges::find(options_.mechanisms, mechanism) == options_.mechanisms.end()) {
    return nullptr;
  }
  if (mechanism == kPlain) return make_plain_session(options_.plain_users, secret_);
  if (mechanism == kOauthBearer) return make_bearer_session(*options_.tokens);
  if (const auto scram = scram_mechanism(mechanism)) {
    return make_scram_session({*scram, options_.scram, options_.scram_disguise}, random_);
  }
  return nullptr;
}

}  // namespace kreel::security
