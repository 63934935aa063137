#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kreel/export.hpp"

namespace kreel {

// Small text helpers that the library and the command line share. All are pure and thread-safe.

/// The whole of `text` as a decimal integer; nullopt for anything else, overflow included.
KREEL_API std::optional<std::int64_t> parse_int64(std::string_view text);
KREEL_API std::optional<std::int32_t> parse_int32(std::string_view text);
/// The whole of `text` as a decimal number.
KREEL_API std::optional<double> parse_double(std::string_view text);

/// Length of the well-formed UTF-8 sequence at the front of `text`, which is not empty: no overlong
/// forms, no surrogates, nothing past U+10FFFF. 0 when there is none.
KREEL_API std::size_t utf8_length(std::string_view text);
KREEL_API bool is_utf8(std::string_view text);

/// What steers a terminal as \xHH (\n, \t, \r by name), so that a line stays one line and shows
/// what is in it: control characters, bytes that are not UTF-8, and characters that turn the
/// direction of writing.
KREEL_API std::string escape_control(std::string_view text);

KREEL_API std::string_view trim(std::string_view text);
/// Parts between separators, empty ones included; "" gives one empty part.
KREEL_API std::vector<std::string_view> split(std::string_view text, char separator);
KREEL_API bool equals_ignore_case(std::string_view left, std::string_view right);
KREEL_API std::string to_lower(std::string_view text);

/// The candidate that `word` was most likely meant to be: at most a third of its letters away
/// (insert, delete, replace, swap). nullopt when none is near.
KREEL_API std::optional<std::string> nearest(std::string_view word,
                                             std::span<const std::string> candidates);

/// 1234567 -> "1,234,567".
KREEL_API std::string with_thousands(std::int64_t number);

}  // namespace kreel
