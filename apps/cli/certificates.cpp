#include "cli/certificates.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/new_file.hpp"

namespace kreel::cli {

Result<std::string> read_certificates_file(const std::string& path) {
  if (!file_exists(path))
    return fail(ErrorKind::kNotFound, "no such file: " + escape_control(path));
  return read_file(path);
}

Result<std::vector<certs::SetFile>> write_certificates(const certs::SetOptions& options,
                                                       const std::string& directory, bool force) {
  TRY_ASSIGN(auto made, certs::make_set(options));
  std::vector<NewFile> files;
  for (const certs::SetFile& file : made) {
    files.push_back({file.name, file.content, file.is_secret});
  }
  TRY(write_file_set(directory, files, force));
  return made;
}

}  // namespace kreel::cli
