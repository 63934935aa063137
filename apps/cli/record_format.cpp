#include "cli/record_format.hpp"

#include <iterator>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/escapes.hpp"

namespace kreel::cli {
namespace {

using Bytes = std::optional<std::string_view>;

template <class Int>
void append_number(Int number, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{}", number);
}

std::int64_t length_of(const Bytes& bytes) {
  return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
}

void append_bytes(const Bytes& bytes, bool escape, std::string& out) {
  if (!bytes) return;
  if (escape) {
    out += escape_control(*bytes);
  } else {
    out += *bytes;
  }
}

void append_big_endian(std::int64_t number, std::string& out) {
  const auto bits = static_cast<std::uint32_t>(number);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>((bits >> shift) & 0xff);
}

}  // namespace

void append_headers(const RecordView& record, bool escape, std::string& out) {
  for (const RecordHeaderView& header : record.headers) {
    if (&header != record.headers.data()) out += ',';
    append_bytes(header.name, escape, out);
    out += '=';
    append_bytes(header.value.value_or("NULL"), escape, out);
  }
}

Result<RecordFormat> RecordFormat::parse(std::string_view text) {
  constexpr std::string_view kLetters = "tpoTkKsSRh";
  RecordFormat format;
  std::string literal;
  const auto finish_literal = [&] {
    std::string decoded = decode_format_escapes(literal);
    if (!decoded.empty()) format.parts_.push_back({'\0', std::move(decoded)});
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      literal += text[i];
      continue;
    }
    const char letter = ++i < text.size() ? text[i] : ' ';
    if (letter == '%') {
      finish_literal();  // a backslash before it is one at an end
      format.parts_.push_back({'\0', "%"});
    } else if (kLetters.find(letter) != std::string_view::npos) {
      finish_literal();
      format.parts_.push_back({letter, {}});
    } else {
      return fail(
          ErrorKind::kUsage,
          fmt::format("\"{}\" means nothing in a format", escape_control(text.substr(i - 1, 2))),
          "%t %p %o %T %k %K %s %S %R %h, or %% for a percent sign");
    }
  }
  finish_literal();
  return format;
}

void RecordFormat::append(const RecordView& record, bool escape, std::string& out) const {
  for (const Part& part : parts_) {
    switch (part.what) {
      case 't':
        out += record.topic;
        break;
      case 'p':
        append_number(record.partition.value_or(-1), out);
        break;
      case 'o':
        append_number(record.offset.value_or(-1), out);
        break;
      case 'T':
        append_number(record.timestamp_ms.value_or(-1), out);
        break;
      case 'k':
        append_bytes(record.key, escape, out);
        break;
      case 'K':
        append_number(length_of(record.key), out);
        break;
      case 's':
        append_bytes(record.value, escape, out);
        break;
      case 'S':
        append_number(length_of(record.value), out);
        break;
      case 'R':
        append_big_endian(length_of(record.value), out);
        break;
      case 'h':
        append_headers(record, escape, out);
        break;
      default:
        out += part.literal;
    }
  }
}

}  // namespace kreel::cli
