#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kreel/certs.hpp"
#include "security/openssl.hpp"

namespace kreel::security {

struct Validity {
  std::int64_t not_before_ms = 0;
  std::int64_t not_after_ms = 0;
};

/// Who or what a certificate of an end names.
struct EndEntity {
  enum class Role { kServer, kClient };
  Role role = Role::kServer;
  std::string common_name;
  /// "DNS:a,IP:::1" for a server; checked by subject_alt_names().
  std::string alt_names;
};

/// The subjectAltName of host names and addresses. kUsage names what is neither.
Result<std::string> subject_alt_names(const std::vector<std::string>& hosts);

Result<KeyPtr> make_key(certs::KeyKind kind);

/// A certificate with its key; of a chain the first certificate is the key's.
struct Identity {
  KeyPtr key;
  Certificates chain;
};

/// A self-signed authority that may sign end certificates alone (path length 0).
Result<Identity> make_authority(certs::KeyKind kind, const Validity& validity);
/// The chain of the result has the authority's own intermediates behind it, no root.
Result<Identity> issue(const Identity& authority, const EndEntity& entity, certs::KeyKind kind,
                       const Validity& validity);
/// A request that another authority signs, with its key.
struct SigningRequest {
  KeyPtr key;
  RequestPtr request;
};
Result<SigningRequest> make_request(const EndEntity& entity, certs::KeyKind kind);

}  // namespace kreel::security
