#include "cli/ini.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

bool is_comment(std::string_view line) {
  return line.empty() || line[0] == '#' || line[0] == ';';
}

tl::unexpected<Error> bad(const std::string& path, int line, std::string_view why) {
  return fail(ErrorKind::kUsage, fmt::format("{}:{}: {}", path, line, why));
}

std::string_view without_comment(std::string_view value) {
  for (std::size_t at = value.find('#'); at != std::string_view::npos;
       at = value.find('#', at + 1)) {
    if (at == 0 || value[at - 1] == ' ' || value[at - 1] == '\t') {
      return trim(value.substr(0, at));
    }
  }
  return value;
}

Result<std::string> read_value(std::string_view value, const std::string& path, int line) {
  if (!value.starts_with('"')) return std::string(without_comment(value));
  const auto end = value.find('"', 1);
  if (end == std::string_view::npos) return bad(path, line, "the closing quote is missing");
  if (!without_comment(trim(value.substr(end + 1))).empty()) {
    return bad(path, line, "there is text after the closing quote");
  }
  return std::string(value.substr(1, end - 1));
}

}  // namespace

Result<std::vector<IniSection>> parse_ini(std::string_view text, const std::string& path) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::vector<std::string_view> lines = split(text, '\n');
  const bool has_sections =
      std::ranges::any_of(lines, [](std::string_view line) { return trim(line).starts_with('['); });
  std::vector<IniSection> sections(1);
  int number = 0;
  for (const std::string_view raw : lines) {
    ++number;
    const std::string_view line = trim(raw);
    if (is_comment(line)) continue;
    if (line[0] == '[') {
      const auto end = line.find(']');
      const std::string_view after =
          end == std::string_view::npos ? "x" : trim(line.substr(end + 1));
      if (!is_comment(after)) return bad(path, number, "a section is written [name]");
      sections.push_back({std::string(trim(line.substr(1, end - 1))), number, {}});
      continue;
    }
    const auto equals = line.find('=');
    const std::string_view name = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || name.empty()) {
      return bad(path, number, "expected \"name = value\"");
    }
    const std::string_view value = trim(line.substr(equals + 1));
    IniEntry entry{std::string(name), std::string(value), number};
    if (has_sections) {
      TRY_ASSIGN(entry.value, read_value(value, path, number));
    }
    sections.back().entries.push_back(std::move(entry));
  }
  return sections;
}

}  // namespace kreel::cli
