#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kreel::cli {

// A command line of bash up to the cursor, read by its rules for quotes. Nothing is expanded.
struct ShellLine {
  std::vector<std::string> words;  // before the cursor's, without quotes, the command itself first
  std::string current;             // the cursor's word, without quotes
  std::string raw;                 // the same as typed
  char quote = '\0';               // that is open at the cursor
  std::size_t quote_at = 0;        // bytes of `current` in front of it
  bool has_quotes = false;         // some were opened and closed in `current`
  bool is_redirection = false;     // the cursor's word is a file's name behind < or >
  // What bash replaces begins behind the last of these characters that is not quoted.
  std::size_t break_at = 0;  // in `current`
};
ShellLine read_bash_line(std::string_view line, std::string_view word_breaks);

// What takes the place of bash's current word, so that it is then `word`; nothing where what was
// typed cannot go on so. Whatever `word` holds, bash reads it as text.
std::optional<std::string> bash_insertion(const ShellLine& line, std::string_view word);

}  // namespace kreel::cli
