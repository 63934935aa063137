#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kreel/certs.hpp"
#include "security/certificate_maker.hpp"
#include "security/openssl.hpp"
#include "security/secret.hpp"

namespace kreel::security {

/// A PKCS12 store with a key and its chain, as Java and librdkafka read it.
Result<std::string> make_keystore(const Identity& identity, const std::string& alias,
                                  const Secret& password, certs::StoreKind kind);
/// A PKCS12 store of certificates to trust. Java shows only those that carry Oracle's attribute.
Result<std::string> make_truststore(const Certificates& trusted, const Secret& password,
                                    certs::StoreKind kind);

/// What stands in a PKCS12 store.
struct Pkcs12Contents {
  KeyPtr key;
  Certificates certificates;         ///< the key's own first, where there is one
  std::vector<std::string> aliases;  ///< one per certificate; may be empty
  bool java_trusts = true;           ///< every certificate without a key has Oracle's attribute
};

bool looks_like_der(std::string_view bytes);
/// kBadInput when it is no such store, kAuthentication for a wrong password.
Result<Pkcs12Contents> read_pkcs12(std::string_view bytes, const Secret& password);

}  // namespace kreel::security
