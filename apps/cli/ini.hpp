#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kreel/result.hpp>

namespace kreel::cli {

struct IniEntry {
  std::string name;
  std::string value;
  int line = 0;
};
struct IniSection {
  std::string name;  // "" for what stands before the first section
  int line = 0;
  std::vector<IniEntry> entries;
};

// "name = value" lines, [sections], comments from # or ; at the start of a line. In a file with
// sections a comment may also follow a value after a blank, and a value may stand in double quotes;
// a file without sections is read as kcat reads it, where both belong to the value.
// kUsage with "PATH:LINE: ..." for a line that is neither.
Result<std::vector<IniSection>> parse_ini(std::string_view text, const std::string& path);

}  // namespace kreel::cli
