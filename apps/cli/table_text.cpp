#include "cli/table_text.hpp"

#include <algorithm>
#include <chrono>

#include <kreel/units.hpp>

namespace kreel::cli {

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::vector<std::string> aligned_lines(const std::vector<std::vector<std::string>>& rows,
                                       const std::vector<bool>& right_aligned) {
  std::vector<std::size_t> widths(right_aligned.size(), 0);
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(cells[i]));
    }
  }
  std::vector<std::string> lines;
  for (const auto& cells : rows) {
    std::string& line = lines.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - display_width(cells[i]), ' ');
      if (i != 0) line += "  ";
      line += right_aligned[i] ? padding + cells[i] : cells[i] + padding;
    }
    line.resize(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

std::string duration_text(std::int64_t duration_ms) {
  const std::int64_t step_ms = duration_ms >= 3'600'000 ? 60'000 : duration_ms >= 1'000 ? 1'000 : 1;
  return format_duration(std::chrono::milliseconds(duration_ms / step_ms * step_ms));
}

}  // namespace kreel::cli
