#pragma once

#include <string>

#include <kreel/certs.hpp>
#include <kreel/result.hpp>

#include "cli/file_set.hpp"
#include "cli/passwords.hpp"

namespace kreel::cli {

// A file of certificates or keys; at most 1 MiB.
Result<std::string> read_certificates_file(const std::string& path);

// Makes a set for `options.directory` and writes it there.
Result<std::vector<certs::SetFile>> write_certificates(const certs::SetOptions& options,
                                                       const std::string& directory, bool force);

}  // namespace kreel::cli
