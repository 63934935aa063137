#include "client/json_place.hpp"

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace kreel::client {
namespace {

/// Walks over the tokens of a JSON text.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) { skip_space(); }

  std::size_t column() const { return std::min(at_, text_.size()) + 1; }
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }

  /// One character and the space behind it.
  void skip_mark() {
    ++at_;
    skip_space();
  }
  /// A string, as it stands there, and the space behind it.
  std::string_view take_string() {
    const std::size_t begin = at_;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
    const std::string_view taken = text_.substr(begin, at_ - begin);
    skip_space();
    return taken;
  }
  /// A whole value, and the space behind it.
  void skip_value() {
    std::size_t depth = 0;
    do {
      if (here() == '"') {
        take_string();
        continue;
      }
      if (here() == '{' || here() == '[') ++depth;
      if (here() == '}' || here() == ']') --depth;
      skip_mark();
    } while (!at_end() && (depth > 0 || !is_behind_value()));
  }
  /// Into the array here, to its element `index`; false, at the array, where there is none.
  bool enter_array(std::size_t index) {
    if (here() != '[') return false;
    const std::size_t begin = at_;
    skip_mark();
    for (; index > 0 && here() != ']' && !at_end(); --index) {
      skip_value();
      if (here() == ',') skip_mark();
    }
    if (index == 0 && here() != ']') return true;
    at_ = begin;
    return false;
  }

 private:
  bool is_behind_value() const { return here() == ',' || here() == ']' || here() == '}'; }
  void skip_space() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// To the member's name in the object here; false where there is none.
bool find_name(JsonCursor& cursor, std::string_view member) {
  if (cursor.here() != '{') return false;
  cursor.skip_mark();
  while (cursor.here() == '"') {
    JsonCursor behind = cursor;
    const auto name = nlohmann::json::parse(behind.take_string(), nullptr, false);
    if (name == member) return true;
    behind.skip_mark();
    behind.skip_value();
    if (behind.here() == ',') behind.skip_mark();
    cursor = behind;
  }
  return false;
}

}  // namespace

std::size_t column_of_value(std::string_view text, const JsonPlace& place) {
  JsonCursor cursor(text);
  const std::size_t whole = cursor.column();
  if (!find_name(cursor, place.member)) return whole;
  cursor.take_string();
  cursor.skip_mark();
  if (place.element && cursor.enter_array(*place.element) && place.part) {
    cursor.enter_array(*place.part);
  }
  return cursor.column();
}

std::size_t column_of_name(std::string_view text, std::string_view member) {
  JsonCursor cursor(text);
  const std::size_t whole = cursor.column();
  return find_name(cursor, member) ? cursor.column() : whole;
}

std::size_t column_of_nth_name(std::string_view text, std::size_t ordinal) {
  JsonCursor cursor(text);
  while (!cursor.at_end()) {
    if (cursor.here() != '"') {
      cursor.skip_mark();
      continue;
    }
    const std::size_t column = cursor.column();
    cursor.take_string();
    if (cursor.here() == ':' && --ordinal == 0) return column;
  }
  return cursor.column();
}

}  // namespace kreel::client
