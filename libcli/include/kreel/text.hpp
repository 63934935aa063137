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

/// Control bytes as \xHH (\n, \t, \r by name), so that a line stays one line and a terminal is not
/// steered by data.
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
