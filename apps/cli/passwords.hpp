#pragma once

#include <optional>
#include <string>

#include <kreel/result.hpp>

namespace kreel::cli {

class CommandContext;

// The password that "env:VAR", "file:PATH" or "cmd:COMMAND" names; "" without one. kUsage for the
// password itself: others would see it in the list of processes.
Result<std::string> read_password(const std::optional<std::string>& source,
                                  const std::string& option);

// A new one: from `source`, or typed twice at a terminal without being shown. kUsage where there is
// no terminal, and for an empty one.
Result<std::string> read_new_password(CommandContext& context,
                                      const std::optional<std::string>& source,
                                      const std::string& option, const std::string& whose);

}  // namespace kreel::cli
