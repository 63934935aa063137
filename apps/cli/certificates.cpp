#include "cli/certificates.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/new_file.hpp"
#include "cli/properties.hpp"

namespace kreel::cli {

Result<std::string> read_password(const std::optional<std::string>& source,
                                  const std::string& option) {
  if (!source) return std::string();
  const bool named =
      source->starts_with("env:") || source->starts_with("file:") || source->starts_with("cmd:");
  if (!named) {
    return fail(ErrorKind::kUsage,
                option + ": a password on the command line can be seen by others",
                "env:VAR, file:PATH or cmd:COMMAND says where it is");
  }
  return read_reference({"ssl.key.password", *source, Source::kFlag, option});
}

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
