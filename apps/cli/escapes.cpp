#include "cli/escapes.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

constexpr std::string_view kEscapeLetters = "nrte\\0";
constexpr std::string_view kBytes{"\n\r\t\x1b\\\0", 6};

}  // namespace

Result<std::string> decode_escapes(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto at = text.find('\\');
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    text.remove_prefix(at + 1);
    const char name = text.empty() ? ' ' : text.front();
    if (const auto index = kEscapeLetters.find(name); index != std::string_view::npos) {
      result += kBytes[index];
      text.remove_prefix(1);
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(text.empty() ? 0 : 1, 2);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (name != 'x' || digits.size() != 2 || read.ptr != digits.data() + 2) {
      return fail(ErrorKind::kUsage,
                  fmt::format("\"\\{}\" is no escape", escape_control(text.substr(0, 3))),
                  "\\n, \\r, \\t, \\e, \\0, \\xHH, or \\\\ for a backslash");
    }
    result += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return result;
}

namespace {

// The number at the start of `text` in this base, which is taken off it, as a byte.
char take_byte(std::string_view& text, std::size_t digits_max, int base) {
  unsigned number = 0;
  const std::string_view digits = text.substr(0, digits_max);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  text.remove_prefix(static_cast<std::size_t>(read.ptr - digits.data()));
  return static_cast<char>(number & 0xff);
}

bool is_digit(char c, int base) {
  if (c >= '0' && c <= '9') return true;
  return base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
}

}  // namespace

std::string decode_format_escapes(std::string_view text) {
  constexpr std::size_t kDigitsMax = 3;
  std::string result;
  while (!text.empty()) {
    const auto at = std::min(text.find('\\'), text.size());
    result += text.substr(0, at);
    text.remove_prefix(at);
    if (text.size() < 2) return result += text;
    text.remove_prefix(1);
    const char name = text.front();
    if (is_digit(name, 10)) {
      result += take_byte(text, kDigitsMax, name == '0' ? 8 : 10);
    } else if (const auto index = kEscapeLetters.find(name); index != std::string_view::npos) {
      result += kBytes[index];
      text.remove_prefix(1);
    } else if (name == 'x') {
      text.remove_prefix(1);
      if (!text.empty() && is_digit(text.front(), 16)) result += take_byte(text, 2, 16);
    } else {
      result += name;
      text.remove_prefix(1);
    }
  }
  return result;
}

std::string escape_beside_layout(std::string_view text) {
  std::string result;
  while (true) {
    const auto at = std::min(text.find_first_of("\n\t"), text.size());
    result += escape_control(text.substr(0, at));
    if (at == text.size()) return result;
    result += text[at];
    text.remove_prefix(at + 1);
  }
}

}  // namespace kreel::cli
