#include "cli/state_directory.hpp"

#include <fmt/core.h>

namespace kreel::cli {

Result<std::string> state_directory(const Environment& environment, std::string_view name) {
  const auto value = [&](std::string_view variable) {
    const auto at = environment.find(variable);
    return at == environment.end() ? std::string() : at->second;
  };
  std::string base = value("XDG_STATE_HOME");
  // The XDG rules: a relative path is no path.
  if (!base.starts_with('/')) {
    const std::string home = value("HOME");
    if (home.empty()) {
      return fail(ErrorKind::kUsage, "neither XDG_STATE_HOME nor HOME is set",
                  fmt::format("XDG_STATE_HOME=DIR keeps kreel's {} in DIR/kreel/{}", name, name));
    }
    base = home + "/.local/state";
  }
  return fmt::format("{}/kreel/{}", base, name);
}

}  // namespace kreel::cli
