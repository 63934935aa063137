#pragma once

#include <string>
#include <string_view>

#include <kreel/result.hpp>

#include "cli/streams.hpp"

namespace kreel::cli {

// Where kreel keeps what outlives a command: $XDG_STATE_HOME/kreel/NAME, or
// ~/.local/state/kreel/NAME. kUsage when the environment says neither.
Result<std::string> state_directory(const Environment& environment, std::string_view name);

}  // namespace kreel::cli
