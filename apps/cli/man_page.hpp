#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace kreel::cli {

// kreel(1): every command, and the options and the environment that they share.
std::string man_overview();
// kreel-topics(1): the commands of a noun.
std::string man_of_noun(std::string_view noun);
// kreel-topics-list(1), in mdoc, with all that --help tells.
std::string man_of_command(const Command& command);

// "kreel-topics-list" of "topics list".
std::string man_name(std::string_view command);

}  // namespace kreel::cli
