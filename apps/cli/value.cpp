#include "cli/value.hpp"

#include <cmath>

#include <fmt/format.h>
#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      } else {
        out += c;
      }
  }
}

struct JsonWriter {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(double value) const {
    // JSON has no infinity and no NaN.
    out += std::isfinite(value) ? fmt::format("{}", value) : "null";
  }
  void operator()(const std::string& text) const { append_json_string(out, text); }
  void operator()(const Value::Array& items) const {
    out += '[';
    for (const Value& item : items) {
      if (&item != items.data()) out += ',';
      item.append_json(out);
    }
    out += ']';
  }
  void operator()(const Value::Object& fields) const {
    out += '{';
    for (const auto& field : fields) {
      if (&field != fields.data()) out += ',';
      append_json_string(out, field.first);
      out += ':';
      field.second.append_json(out);
    }
    out += '}';
  }
};

struct TextWriter {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Value::Array& items) const {
    std::string out;
    for (const Value& item : items) {
      if (&item != items.data()) out += ',';
      out += item.text();
    }
    return out;
  }
  std::string operator()(const Value::Object& fields) const {
    std::string out;
    for (const auto& [name, value] : fields) {
      if (!out.empty()) out += ',';
      out += name + "=" + value.text();
    }
    return out;
  }
};

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kDigits[group >> (18 - 6 * k) & 0x3f] : '=';
    }
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) {
    out += "{\"b64\":\"" + base64(text) + "\"}";
    return;
  }
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    // U+0080..U+009F, whose second byte is the number: terminals act on them.
    if (text[i] == '\xc2' && text[i + 1] < '\xa0') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
    } else {
      append_escaped(out, text[i]);
    }
  }
  out += '"';
}

std::string Value::json() const {
  std::string out;
  append_json(out);
  return out;
}

void Value::append_json(std::string& out) const {
  std::visit(JsonWriter{out}, data_);
}

std::string Value::text() const {
  return std::visit(TextWriter{}, data_);
}

}  // namespace kreel::cli
