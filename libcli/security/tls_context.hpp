#pragma once

#include <string>

#include "base/result.hpp"
#include "security/openssl.hpp"
#include "security/tls_material.hpp"

namespace kreel::security {

/// Whether a broker asks its clients for certificates: Kafka's ssl.client.auth.
enum class ClientAuth { kNone, kRequested, kRequired };

struct TlsServerSettings {
  int version_min = TLS1_2_VERSION;
  int version_max = TLS1_3_VERSION;
  std::string cipher_suites;  ///< IANA names, comma-separated; empty: Mozilla's intermediate list
  ClientAuth client_auth = ClientAuth::kNone;
};

/// For SSL_accept: TLS 1.2 and 1.3 with forward secrecy alone, no renegotiation, no compression.
/// kUsage when a suite is unknown, the key too weak, or nobody is trusted to sign clients.
Result<TlsContextPtr> make_server_context(const TlsMaterial& material,
                                          const TlsServerSettings& settings);

struct TlsClientSettings {
  bool verify = true;
  std::string ciphers;  ///< OpenSSL's lists, empty for the defaults
  std::string curves;
  std::string signature_algorithms;
};

/// For SSL_connect. Without trusted certificates, this system's.
Result<TlsContextPtr> make_client_context(const TlsMaterial& material,
                                          const TlsClientSettings& settings);

}  // namespace kreel::security
