#pragma once

#include <string>

#include <kreel/certs.hpp>
#include <kreel/result.hpp>

#include "cli/file_set.hpp"
#include "cli/passwords.hpp"

namespace kreel::cli {

// A file of certificates or keys; at most 1 MiB.
Result<std::string> read_certificates_file(const std::string& path);

// Where `directory` has a set of the same authority, what is made goes with it: its ca.crt and
// truststore.p12 stay, which the settings of others name, and its broker asks for certificates as
// before.
void go_with_set(const std::string& directory, certs::SetOptions& options);

// Makes a set for `options.directory` and writes it there.
Result<std::vector<certs::SetFile>> write_certificates(const certs::SetOptions& options,
                                                       const std::string& directory, bool force);

}  // namespace kreel::cli
