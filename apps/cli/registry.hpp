#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace kreel::cli {

// A line of commands.def. Only make() builds the command's options.
struct CommandEntry {
  std::string_view noun;  // "groups"; a command that stands alone has no verb
  std::string_view verb;
  Command (*make)();
};

std::span<const CommandEntry> all_commands();

// The entry that the words name, by plural or singular noun.
const CommandEntry* find_command(std::string_view noun, std::string_view verb);
// The noun of the table that `word` means ("topic" -> "topics"), or nothing.
std::optional<std::string_view> find_noun(std::string_view word);
std::vector<std::string> verbs_of(std::string_view noun);
// One line for `word`, which is no noun, with the nearest as the hint.
Error unknown_command(std::string_view word, std::string_view next_word);
// The same for `word` behind a noun; empty where nothing is there.
Error unknown_verb(std::string_view noun, std::string_view word);

}  // namespace kreel::cli
