#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace kreel::client {

/// Builds the tree of a JSON text, and keeps where and why reading stopped instead of throwing:
/// `json::sax_parse(text, &builder)` is false then. A name that stands twice in an object stops it:
/// which of the two is meant nobody can know.
class JsonTreeBuilder : public nlohmann::detail::json_sax_dom_parser<nlohmann::json> {
 public:
  JsonTreeBuilder(nlohmann::json& tree, std::string_view text)
      : json_sax_dom_parser(tree, false), text_(text) {}

  bool start_object(std::size_t size);
  bool key(std::string& name);
  bool end_object();

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

  std::string_view text_;
  std::vector<std::set<std::string>> open_;  // the names in each object that is being read
  std::size_t names_ = 0;
  std::size_t column_ = 1;
  std::string why_;
};

}  // namespace kreel::client
