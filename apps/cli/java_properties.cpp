#include "cli/java_properties.hpp"

#include <algorithm>

namespace kreel::cli {
namespace {

constexpr std::string_view kBlank = " \t\f";

// Lines joined where one ends in an odd number of backslashes.
struct LogicalLine {
  std::string text;
  int number = 0;
};

std::vector<LogicalLine> logical_lines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool continued = false;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find_first_of("\r\n");
    std::string_view line = text.substr(0, end);
    const std::size_t newline = end == std::string_view::npos   ? 0
                                : text.substr(end, 2) == "\r\n" ? 2
                                                                : 1;
    text.remove_prefix(line.size() + newline);
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(kBlank)));
    if (!continued) {
      if (line.empty() || line[0] == '#' || line[0] == '!') continue;
      lines.push_back({"", number});
    }
    const auto last = line.find_last_not_of('\\');
    const std::size_t backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
    continued = backslashes % 2 == 1;
    if (continued) line.remove_suffix(1);
    lines.back().text += line;
  }
  return lines;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code of \uXXXX at the front of `text`, or -1.
int unicode_escape(std::string_view text) {
  if (text.size() < 6 || text[1] != 'u') return -1;
  int code = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (const int code = unicode_escape(text.substr(i)); code >= 0) {
      append_utf8(out, static_cast<unsigned>(code));
      i += 5;
      continue;
    }
    const char c = text[++i];
    out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
  }
  return out;
}

// Where the name ends: the first "=", ":" or blank that no backslash precedes.
std::size_t name_end(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':' || kBlank.find(line[i]) != std::string_view::npos) {
      return i;
    }
  }
  return line.size();
}

}  // namespace

std::vector<IniEntry> parse_java_properties(std::string_view text) {
  std::vector<IniEntry> entries;
  for (const LogicalLine& line : logical_lines(text)) {
    const std::string_view whole = line.text;
    const std::size_t end = name_end(whole);
    std::string_view rest = whole.substr(end);
    const auto skip_blank = [&] {
      rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(kBlank)));
    };
    skip_blank();
    if (!rest.empty() && (rest[0] == '=' || rest[0] == ':')) {
      rest.remove_prefix(1);
      skip_blank();
    }
    entries.push_back({unescape(whole.substr(0, end)), unescape(rest), line.number});
  }
  return entries;
}

}  // namespace kreel::cli
