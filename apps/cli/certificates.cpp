#include "cli/certificates.hpp"

#include <filesystem>

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

namespace {

// What a file of settings that certs gen has made says.
std::string setting_in(const std::string& text, std::string_view name) {
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with(name)) continue;
    const std::string_view rest = line.substr(name.size());
    if (rest.starts_with('=')) return std::string(trim(rest.substr(1)));
  }
  return "";
}

bool is_same_authority(const std::string& one_pem, const std::string& other_pem) {
  const auto one = certs::certificates_as_pem(one_pem, "");
  const auto other = certs::certificates_as_pem(other_pem, "");
  return one && other && *one == *other;
}

}  // namespace

void go_with_set(const std::string& directory, certs::SetOptions& options) {
  if (!options.authority) return;
  const auto authority = read_file(directory + "/ca.crt");
  const auto store = read_file(directory + "/truststore.p12");
  if (!authority || !store) return;
  if (!is_same_authority(*authority, options.authority->certificates_pem)) return;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    if (entry.path().extension() != ".properties") continue;
    const auto text = read_file(entry.path().string());
    if (!text) continue;
    const std::string password = setting_in(*text, "ssl.truststore.password");
    if (password.empty() || !certs::read_entries(*store, password)) continue;
    options.truststore_password = password;
    if (setting_in(*text, "ssl.client.auth") == "required") options.has_other_clients = true;
    if (options.hosts.empty() && options.bootstrap.empty()) {
      options.bootstrap = setting_in(*text, "bootstrap.servers");
    }
  }
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
