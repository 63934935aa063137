#pragma once

#include <string>

#include "base/result.hpp"
#include "kreel/client_config.hpp"

namespace kreel::client {

/// The token that librdkafka would make of enable.sasl.oauthbearer.unsecure.jwt and
/// sasl.oauthbearer.config ("principal=app scope=a,b lifeSeconds=600"): signed by nobody. kUsage
/// for other ways to a token, which librdkafka alone has.
Result<std::string> make_unsecured_token(const ClientConfig& config);

}  // namespace kreel::client
