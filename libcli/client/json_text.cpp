#include "client/json_text.hpp"

#include <cstdint>

#include "base/base64.hpp"

namespace kreel::client {
namespace {

bool is_continuation(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

/// Length of the well-formed sequence at the front of `rest`, whose first byte is above 0x7f; 0
/// when it is malformed.
std::size_t sequence_length(std::string_view rest) {
  const auto at = [rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char first = at(0);
  std::size_t length = 0;
  std::uint32_t lowest = 0;
  std::uint32_t code = 0;
  if ((first & 0xe0) == 0xc0) {
    length = 2, lowest = 0x80, code = first & 0x1fU;
  } else if ((first & 0xf0) == 0xe0) {
    length = 3, lowest = 0x800, code = first & 0x0fU;
  } else if ((first & 0xf8) == 0xf0) {
    length = 4, lowest = 0x10000, code = first & 0x07U;
  }
  if (length == 0 || rest.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(at(i))) return 0;
    code = code << 6 | (at(i) & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < lowest || code > 0x10ffff || surrogate ? 0 : length;
}

void append_escaped(char byte, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(byte) >> 4];
      out += kHex[static_cast<unsigned char>(byte) & 15];
  }
}

bool needs_escape(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value < 0x20 || value == 0x7f || byte == '"' || byte == '\\';
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    if (static_cast<unsigned char>(bytes.front()) < 0x80) {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

void append_json_bytes(std::string_view bytes, std::string& out) {
  if (!is_utf8(bytes)) {
    out += R"({"b64":")";
    append_base64(bytes, out);
    out += R"("})";
    return;
  }
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (!needs_escape(bytes[i])) continue;
    out.append(bytes, copied, i - copied);
    append_escaped(bytes[i], out);
    copied = i + 1;
  }
  out.append(bytes, copied, bytes.size() - copied);
  out += '"';
}

}  // namespace kreel::client
