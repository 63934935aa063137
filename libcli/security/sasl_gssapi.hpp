#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "security/sasl.hpp"

namespace kreel::security {

inline constexpr std::string_view kGssapi = "GSSAPI";

/// RFC 4752, by Cyrus SASL and its plugin: with the ticket that the user has, to SERVICE/HOST.
/// Without a layer of its own above the connection, as Kafka's brokers want it. kAuthentication
/// where the plugin is missing; kUnreachable where no KDC has answered after `timeout_ms`.
Result<std::unique_ptr<SaslClient>> make_gssapi_client(const std::string& service,
                                                       const std::string& host,
                                                       std::int64_t timeout_ms);

/// What Cyrus SASL's "SASL(-1): generic failure: GSSAPI Error: … (why)" says, and what to do.
Error describe_gssapi_failure(std::string_view detail, std::string_view service,
                              std::string_view host);

}  // namespace kreel::security
