#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/files.hpp"
#include "cli/properties.hpp"

namespace kreel::cli {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

// One trailing newline belongs to the file or the command, not to the secret.
std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

// Whose secret it is, and where it was named.
struct Wanted {
  std::string name;
  std::string origin;  // empty: the name says it
};

tl::unexpected<Error> bad(const Wanted& wanted, std::string_view why) {
  const std::string origin = wanted.origin.empty() ? "" : fmt::format(" ({})", wanted.origin);
  return fail(ErrorKind::kUsage, fmt::format("{}: {}{}", wanted.name, why, origin));
}

Result<std::string> run_for_output(const Wanted& wanted, const std::string& command) {
  // kreel ignores SIGPIPE; the command starts with the usual behaviour, for pipelines in it.
  const auto ignored = std::signal(SIGPIPE, SIG_DFL);
  FILE* pipe = ::popen(command.c_str(), "re");
  std::signal(SIGPIPE, ignored);
  if (pipe == nullptr) return bad(wanted, "the command cannot be started");
  std::string text;
  std::string chunk(4096, '\0');
  std::size_t count = 0;
  while ((count = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0) {
    if (text.size() <= kSecretBytesMax) text.append(chunk, 0, count);
  }
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status)) return bad(wanted, "the command was killed");
  if (WEXITSTATUS(status) != 0) {
    return bad(wanted, fmt::format("the command ended with {}", WEXITSTATUS(status)));
  }
  if (text.size() > kSecretBytesMax) return bad(wanted, "the command printed over 64 KiB");
  return without_newline(std::move(text));
}

}  // namespace

Result<std::string> resolve_reference(const std::string& name, const std::string& reference,
                                      const std::string& origin, bool runs_commands) {
  const Wanted wanted{name, origin};
  const std::string_view value = reference;
  const std::string rest(value.substr(std::min(value.size(), value.find(':') + 1)));
  if (value.starts_with("env:")) {
    const char* found = std::getenv(rest.c_str());
    if (found == nullptr) return bad(wanted, fmt::format("{} is not in the environment", rest));
    return std::string(found);
  }
  if (value.starts_with("file:")) {
    auto text = read_file(rest, kSecretBytesMax);
    if (!text) return fail(Error(text.error()).with_context(name));
    return without_newline(std::move(*text));
  }
  if (value.starts_with("cmd:")) {
    if (!runs_commands) return bad(wanted, "cmd: works in a profile only");
    return run_for_output(wanted, rest);
  }
  return reference;
}

Result<std::string> read_reference(const Property& property) {
  // A user name is no secret, yet it is kept beside the password often enough.
  if (!property.is_secret() && property.name != "sasl.username") return property.value;
  // A properties file may come from somebody else; running what it says is for the user's own
  // configuration.
  return resolve_reference(property.name, property.value, property.origin,
                           property.source != Source::kFile);
}

}  // namespace kreel::cli
