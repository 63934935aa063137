#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "security/certificate_maker.hpp"
#include "security/openssl.hpp"
#include "security/secret.hpp"

namespace kreel::security {

/// Where one side of TLS keeps its key and whom it trusts. What is empty is not there.
struct TlsSources {
  std::string certificate_file;  ///< PEM; the key may stand in it, too
  std::string key_file;
  std::string certificate_pem;
  Secret key_pem;
  Secret key_password;
  std::string keystore_file;  ///< PKCS12
  Secret keystore_password;
  std::string trust_file;  ///< PEM or PKCS12, or a directory of hashed names
  std::string trust_pem;
  Secret truststore_password;
};

/// What was read from there.
struct TlsMaterial {
  std::optional<Identity> identity;
  std::optional<Certificates> trusted;
  std::string trusted_directory;
};

/// kUsage names the file, and whether it or its password is wrong; also for a key without its
/// certificate, and for two that do not belong together.
Result<TlsMaterial> load_tls_material(fs::FileSystem& fs, const TlsSources& sources);

}  // namespace kreel::security
