#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace kreel {

/// One line of a *.hex fixture: words, the last of them bytes in hexadecimal.
struct GoldenLine {
  std::vector<std::string> words;
  Bytes bytes;
};

inline std::string hex_text(ByteView bytes) {
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x}", std::to_integer<int>(byte));
  return hex;
}

inline Bytes bytes_from_hex(std::string_view hex) {
  const auto digit = [](char letter) {
    return static_cast<unsigned>(letter <= '9' ? letter - '0' : letter - 'a' + 10);
  };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return bytes;
}

/// tests/golden/<name>, whose first line says which program made it.
inline std::vector<GoldenLine> golden_lines(const std::string& name) {
  std::ifstream file(KREEL_TEST_DATA "/golden/" + name);
  REQUIRE_MESSAGE(file.is_open(), name);
  std::vector<GoldenLine> lines;
  std::string text;
  REQUIRE(std::getline(file, text));
  REQUIRE(text.starts_with('#'));
  while (std::getline(file, text)) {
    std::istringstream words(text);
    GoldenLine line;
    for (std::string word; words >> word;) line.words.push_back(word);
    // Bytes may be none at all: a message without fields.
    if (text.ends_with(' ')) line.words.emplace_back();
    line.bytes = bytes_from_hex(line.words.back());
    line.words.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace kreel
