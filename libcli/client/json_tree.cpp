#include "client/json_tree.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/json_place.hpp"

namespace kreel::client {

bool JsonTreeBuilder::start_object(std::size_t size) {
  open_.emplace_back();
  return json_sax_dom_parser::start_object(size);
}

bool JsonTreeBuilder::key(std::string& name) {
  ++names_;
  if (open_.back().insert(name).second) return json_sax_dom_parser::key(name);
  column_ = column_of_nth_name(text_, names_);
  why_ = fmt::format("\"{}\" stands there twice", escape_control(name));
  return false;
}

bool JsonTreeBuilder::end_object() {
  open_.pop_back();
  return json_sax_dom_parser::end_object();
}

/// The library counts the bytes up to the end of the offending token; `last_token` is that token
/// for strings and numbers, and reaches further back for a bracket or a comma.
std::size_t JsonTreeBuilder::column_of(std::size_t position, std::string_view last_token,
                                       std::string_view text) {
  constexpr std::string_view kPunctuation = "[]{}:,";
  const bool at_byte = text.find(" - invalid ") != std::string_view::npos;
  const bool at_end = text.find("unexpected end of input") != std::string_view::npos;
  const bool one_byte =
      last_token.empty() || kPunctuation.find(last_token.back()) != std::string_view::npos;
  if (at_byte || at_end || one_byte || position < last_token.size()) return position;
  return position - last_token.size() + 1;
}

/// The library says "…parse error at line 1, column 17: syntax error while parsing object -
/// unexpected string literal; last read: '"b"'; expected '}'".
std::string JsonTreeBuilder::short_reason(std::string_view text) {
  const bool at_end = text.find("unexpected end of input") != std::string_view::npos;
  constexpr std::string_view kExpected = "; expected ";
  if (const auto at = text.rfind(kExpected); at != std::string_view::npos) {
    const std::string_view what = text.substr(at + kExpected.size());
    // Between two members the library names the bracket alone.
    const bool separator = what == "'}'" || what == "']'";
    return fmt::format("expected {}", separator && !at_end ? "','" : what);
  }
  if (at_end) return "the line ends too early";
  if (const auto at = text.find(" - "); at != std::string_view::npos) text.remove_prefix(at + 3);
  return escape_control(text.substr(0, text.find("; last read")));
}

}  // namespace kreel::client
