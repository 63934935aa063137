#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "catalog/catalog.hpp"
#include "fs/file_system.hpp"
#include "security/sasl_scram.hpp"

namespace kreel::server {

/// In the data directory, from the first start with SASL on: what salts of nobody are made of.
inline constexpr std::string_view kScramSecretFile = "kreel-scram-secret";

/// The secret of this data directory, made and durable when there is none. Blocks on the disk.
Result<security::Secret> scram_secret(fs::FileSystem& fs, const std::string& directory,
                                      Random& random);

/// What most of these users have; kreel's own way without any.
security::ScramDisguise common_disguise(const catalog::Users& users,
                                        security::ScramMechanism mechanism,
                                        const security::Secret& secret);

/// Who has a password by SCRAM, in the catalog as it is now. Thread-safe.
class ScramUsers {
 public:
  ScramUsers(const catalog::Catalog& catalog, security::Secret secret)
      : catalog_(catalog), secret_(std::move(secret)) {}

  std::optional<security::ScramCredential> find(security::ScramMechanism mechanism,
                                                const std::string& user) const;
  security::ScramDisguise disguise(security::ScramMechanism mechanism) const;

 private:
  const catalog::Catalog& catalog_;
  const security::Secret secret_;
  mutable std::mutex mutex_;
  /// The catalog that the disguises were made for: looking through all users takes its time.
  mutable std::shared_ptr<const catalog::Snapshot> seen_;
  mutable std::map<security::ScramMechanism, security::ScramDisguise> disguises_;
};

}  // namespace kreel::server
