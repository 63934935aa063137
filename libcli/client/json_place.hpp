#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace kreel::client {

// Where something stands in a JSON text, for messages: bytes from its start, from 1. The tree that
// was read does not know; these read the text once more.

/// Of a value, or a part of it, in the object that `text` is.
struct JsonPlace {
  std::string_view member;
  std::optional<std::size_t> element = {};  ///< of the member's array
  std::optional<std::size_t> part = {};     ///< of that element, an array itself
};

/// `text` is valid JSON. What is not there has the place of what it would be in.
std::size_t column_of_value(std::string_view text, const JsonPlace& place);
/// Of the member's name in the object that `text` is.
std::size_t column_of_name(std::string_view text, std::string_view member);
/// Of the name that is number `ordinal` of all in `text`, from 1; it need be valid only so far.
std::size_t column_of_nth_name(std::string_view text, std::size_t ordinal);

}  // namespace kreel::client
