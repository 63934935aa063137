#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kreel/record.hpp>

#include "kafka/java.hpp"

namespace kreel::kafka_tools {

using PropertyMap = std::map<std::string, std::string, std::less<>>;

// "k=v" at the first "="; without one, or after it nothing, the value is empty.
Outcome<PropertyMap> property_map(const std::vector<std::string>& texts);

// Java's LineMessageReader: a line as headers, key and value.
class LineMessage {
 public:
  static Outcome<LineMessage> make(const PropertyMap& properties);
  // kThrown: "No key separator found on line number 3: 'text'".
  Outcome<Record> parse(std::string_view line, std::int64_t number) const;

 private:
  Outcome<void> check() const;
  // What stands before `separator`; the rest is left in `line`. Null without the separator where
  // errors are ignored.
  Outcome<std::optional<std::string_view>> take(std::string_view& line,
                                                const std::string& separator, std::string_view what,
                                                std::string_view whole, std::int64_t number) const;
  Outcome<void> add_headers(std::string_view text, std::int64_t number, Record& record) const;
  std::optional<std::string> unless_null(std::string_view text) const;

  bool parse_key_ = false;
  bool parse_headers_ = false;
  bool ignore_error_ = false;
  std::string key_separator_ = "\t";
  std::string headers_delimiter_ = "\t";
  std::string headers_separator_ = ",";
  std::string header_key_separator_ = ":";
  std::optional<std::string> null_marker_;
};

// Lines that end with \n, \r or \r\n, as BufferedReader has them; bytes that are not UTF-8 become
// U+FFFD. Reads `descriptor` until its end, an error or `stop` becoming readable.
class JavaLines {
 public:
  // `idle` is called now and then while a line is waited for.
  JavaLines(int descriptor, int stop, std::function<void()> idle)
      : descriptor_(descriptor), stop_(stop), idle_(std::move(idle)) {}
  std::optional<std::string> next();

 private:
  bool fill();

  int descriptor_;
  int stop_;
  std::function<void()> idle_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool at_end_ = false;
  bool after_return_ = false;
};

// `text` with U+FFFD in place of what is not UTF-8.
std::string java_text(std::string_view text);

}  // namespace kreel::kafka_tools
