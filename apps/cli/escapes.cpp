#include "cli/escapes.hpp"

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

}  // namespace kreel::cli
