#pragma once

#include <memory>

#include "base/random.hpp"
#include "base/result.hpp"
#include "catalog/broker_config.hpp"
#include "catalog/catalog.hpp"
#include "fs/file_system.hpp"
#include "security/sasl_server.hpp"
#include "server/start_options.hpp"

namespace kreel::server {

/// kUsage for a user of --sasl that has no name, no password or an unknown mechanism.
Result<void> check_sasl_users(const StartOptions& options);

struct ScramSource {
  security::ScramLookup find;
  security::ScramDisguiseLookup disguise;
};

/// How clients of a SASL listener show who they are; null for others. kUsage for what is missing or
/// wrong: a listener that would let nobody in, or everybody, is not started.
Result<std::shared_ptr<const security::SaslServer>> make_sasl_server(
    fs::FileSystem& fs, const StartOptions& options, const catalog::Listener& listener,
    ScramSource scram, Random& random);

/// Gives those of --sasl with SCRAM their passwords. Blocks on the disk.
Result<void> save_scram_users(const StartOptions& options, catalog::Catalog& catalog,
                              Random& random);

}  // namespace kreel::server
