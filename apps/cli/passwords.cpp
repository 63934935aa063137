#include "cli/passwords.hpp"

#include <fmt/format.h>

#include "cli/context.hpp"
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
  return resolve_reference(option, *source, "", true);
}

Result<std::string> read_new_password(CommandContext& context,
                                      const std::optional<std::string>& source,
                                      const std::string& option, const std::string& whose) {
  if (source) {
    TRY_ASSIGN(std::string password, read_password(source, option));
    if (!password.empty()) return password;
    return fail(ErrorKind::kUsage, fmt::format("{}: the password is empty", option));
  }
  const auto first = context.ask_hidden(fmt::format("password for {}: ", whose));
  if (!first) {
    return fail(ErrorKind::kUsage,
                fmt::format("there is no terminal to ask for the password of {}", whose),
                fmt::format("{} env:VAR, file:PATH or cmd:COMMAND says where it is", option));
  }
  if (first->empty()) return fail(ErrorKind::kUsage, "the password is empty");
  if (context.ask_hidden("once more: ") != first) {
    return fail(ErrorKind::kUsage, "the two passwords differ");
  }
  return *first;
}

}  // namespace kreel::cli
