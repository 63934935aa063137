#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "catalog/broker_config.hpp"
#include "fs/file_system.hpp"
#include "security/tls_server.hpp"
#include "server/start_options.hpp"

namespace kreel::server {

/// One of Kafka's settings for this listener: "listener.name.<name>.<setting>", else
/// "<setting>", else "".
std::string listener_setting(const StartOptions& options, const catalog::Listener& listener,
                             std::string_view setting);

/// The TLS of an SSL or SASL_SSL listener, its files read; null for PLAINTEXT. kUsage for what is
/// missing or wrong.
Result<std::shared_ptr<security::TlsServer>> make_tls_server(fs::FileSystem& fs,
                                                             const StartOptions& options,
                                                             const catalog::Listener& listener);

}  // namespace kreel::server
