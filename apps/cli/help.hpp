#pragma once

#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace kreel::cli {

// "kreel topics delete [FLAGS] NAME..."
std::string usage_line(const Command& command);
// -h: one screen. --help: with defaults, units, examples and exit codes.
std::string short_help(const Command& command);
std::string long_help(const Command& command);
// `kreel` and `kreel help`: every command with its summary.
std::string overview();
// `kreel help topics`: the verbs of one noun.
std::string noun_help(std::string_view noun);

// `kreel help [NOUN [VERB]] --json`: the same for programs. Empty texts mean all.
std::string help_json(std::string_view noun, std::string_view verb);
// What an option is for; in full with units, default, range and whether it may be repeated.
std::string option_text(const Option& option, bool in_full);
// The global flags that a command takes, -o with its own values.
std::vector<Option> shared_options(const Command& command);
// 0, 1 and 2 included.
std::vector<ExitCode> all_exits(const Command& command);

// `text` in lines of at most `width` columns, each but the first indented; words longer than a line
// stay whole. Newlines in `text` are kept.
std::string wrap(std::string_view text, std::size_t first_column, std::size_t indent,
                 std::size_t width = 79);

}  // namespace kreel::cli
