#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kreel::cli {

// One cell of a table or one value of a JSON item: what commands hand to the output. Much smaller
// than a JSON library, and objects keep the order in which their fields were added.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;

  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(bool value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Array items) : data_(std::move(items)) {}
  Value(Object fields) : data_(std::move(fields)) {}
  template <class T>
  Value(const std::optional<T>& value) : Value(value ? Value(*value) : Value()) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_number() const {
    return std::holds_alternative<std::int64_t>(data_) || std::holds_alternative<double>(data_);
  }

  // JSON on one line. Text that is not UTF-8 becomes {"b64":"..."}.
  std::string json() const;
  void append_json(std::string& out) const;
  // For people and CSV: text bare, null empty, arrays joined by commas, objects as a=1,b=2.
  std::string text() const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

// `text` as a JSON string with its quotes, or {"b64":"..."} when it is not UTF-8.
void append_json_string(std::string& out, std::string_view text);
std::string base64(std::string_view bytes);
// Null where there is no text.
inline Value text_or_null(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

}  // namespace kreel::cli
