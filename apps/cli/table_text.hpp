#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kreel::cli {

// Code points, which is columns for all but wide and combining characters.
std::size_t display_width(std::string_view text);

// Each row as a line, its cells padded to the widest of their column, two blanks between columns.
// Names, which are the columns before the first number, are cut where the numbers would end behind
// `room`, "~" at their end.
std::vector<std::string> aligned_lines(const std::vector<std::vector<std::string>>& rows,
                                       const std::vector<bool>& right_aligned,
                                       std::size_t room = SIZE_MAX);

// As exact as a person wants it: "450ms", "7m12s", "3d4h5m".
std::string duration_text(std::int64_t duration_ms);

}  // namespace kreel::cli
