#pragma once

#include <optional>
#include <string>

#include <kreel/certs.hpp>
#include <kreel/result.hpp>

#include "cli/file_set.hpp"

namespace kreel::cli {

// The password that "env:VAR", "file:PATH" or "cmd:COMMAND" names; "" without one. kUsage for the
// password itself: others would see it in the list of processes.
Result<std::string> read_password(const std::optional<std::string>& source,
                                  const std::string& option);

// A file of certificates or keys; at most 1 MiB.
Result<std::string> read_certificates_file(const std::string& path);

// Makes a set for `options.directory` and writes it there.
Result<std::vector<certs::SetFile>> write_certificates(const certs::SetOptions& options,
                                                       const std::string& directory, bool force);

}  // namespace kreel::cli
