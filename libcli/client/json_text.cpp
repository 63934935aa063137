#include "client/json_text.hpp"

#include "base/base64.hpp"
#include "base/text.hpp"

namespace kreel::client {
namespace {

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

/// U+0080..U+009F in UTF-8, whose second byte is the number: terminals act on them.
bool is_c1_control(std::string_view bytes, std::size_t at) {
  return bytes[at] == '\xc2' && bytes[at + 1] < '\xa0';
}

}  // namespace

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
    const bool is_c1 = is_c1_control(bytes, i);
    if (!is_c1 && !needs_escape(bytes[i])) continue;
    out.append(bytes, copied, i - copied);
    if (is_c1) ++i;
    append_escaped(bytes[i], out);
    copied = i + 1;
  }
  out.append(bytes, copied, bytes.size() - copied);
  out += '"';
}

}  // namespace kreel::client
