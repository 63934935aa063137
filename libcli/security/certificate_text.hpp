#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kreel/certs.hpp"
#include "security/openssl.hpp"

namespace kreel::security {

/// "CN=app,O=example", for people: what brokers call it is principal_name().
std::string name_text(const X509_NAME* name);
std::string subject_text(X509* certificate);
std::string issuer_text(X509* certificate);
/// Milliseconds since 1970-01-01 UTC.
std::int64_t time_ms(const ASN1_TIME* time);
/// "DNS:localhost", "IP:::1".
std::vector<std::string> alt_names(X509* certificate);
/// "ECDSA P-256", "RSA 2048", "ED25519".
std::string key_text(const EVP_PKEY* key);

certs::Entry describe(X509* certificate);
certs::Entry describe(X509_REQ* request);
certs::Entry describe(EVP_PKEY* key);

}  // namespace kreel::security
