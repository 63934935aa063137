#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "security/openssl.hpp"
#include "security/pkcs12.hpp"
#include "security/secret.hpp"

namespace kreel::security {

/// All that a PEM, DER or PKCS12 file holds.
struct CertificateFile {
  Certificates certificates;
  std::vector<std::string> aliases;  ///< one per certificate of a PKCS12 store; else empty
  std::vector<RequestPtr> requests;
  KeyPtr key;
  bool is_store = false;
  bool java_trusts = true;  ///< see Pkcs12Contents
};

/// kBadInput when it is none of these, kAuthentication when the password does not open it.
Result<CertificateFile> read_certificate_file(std::string_view bytes, const Secret& password);

}  // namespace kreel::security
