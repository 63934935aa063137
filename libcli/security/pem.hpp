#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "security/openssl.hpp"
#include "security/secret.hpp"

namespace kreel::security {

/// No file of certificates is larger, and none holds more of them.
inline constexpr std::size_t kCertificateFileBytesMax = 1U << 20;
inline constexpr std::size_t kCertificatesMax = 1000;

std::string to_pem(X509* certificate);
std::string to_pem(X509_REQ* request);
/// PKCS#8, not encrypted: as librdkafka, Kafka and OpenSSL read it.
Result<Secret> to_pem(EVP_PKEY* key);
std::string to_pem(const Certificates& certificates);

/// All certificates of a PEM text, in its order; other blocks are skipped. kBadInput when there is
/// none, or one that cannot be read. Errors do not name the file: the caller does.
Result<Certificates> read_certificates(std::string_view pem);
/// The first private key. kAuthentication when it is encrypted and `password` does not open it.
Result<KeyPtr> read_private_key(std::string_view pem, const Secret& password);

}  // namespace kreel::security
