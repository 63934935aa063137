#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace kreel::client {

/// Builds the tree of a JSON text, and keeps where and why reading stopped instead of throwing:
/// `json::sax_parse(text, &builder)` is false then.
class JsonTreeBuilder : public nlohmann::detail::json_sax_dom_parser<nlohmann::json> {
 public:
  explicit JsonTreeBuilder(nlohmann::json& tree) : json_sax_dom_parser(tree, false) {}

  template <class Exception>
  bool parse_error(std::size_t position, const std::string& last_token,
                   const Exception& exception) {
    column_ = column_of(position, last_token, exception.what());
    why_ = short_reason(exception.what());
    return false;
  }

  /// Bytes from the start of the text, from 1.
  std::size_t column() const { return column_; }
  const std::string& why() const { return why_; }

 private:
  static std::size_t column_of(std::size_t position, std::string_view last_token,
                               std::string_view text);
  static std::string short_reason(std::string_view text);

  std::size_t column_ = 1;
  std::string why_;
};

}  // namespace kreel::client
