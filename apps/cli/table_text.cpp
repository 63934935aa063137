#include "cli/table_text.hpp"

#include <algorithm>
#include <chrono>
#include <span>

#include <kreel/units.hpp>

namespace kreel::cli {
namespace {

constexpr std::size_t kNameColumnsMin = 12;

// Takes from the widest name what the numbers lack.
void make_room(std::vector<std::size_t>& widths, const std::vector<bool>& right_aligned,
               std::size_t room) {
  const auto first_number = std::ranges::find(right_aligned, true) - right_aligned.begin();
  const auto behind_numbers = std::ranges::find(right_aligned.rbegin(), right_aligned.rend(), true);
  std::size_t needed = 0;
  for (std::ptrdiff_t i = 0; i < right_aligned.rend() - behind_numbers; ++i) {
    needed += widths[static_cast<std::size_t>(i)] + (i == 0 ? 0 : 2);
  }
  const std::span<std::size_t> names(widths.data(), static_cast<std::size_t>(first_number));
  while (needed > room && !names.empty()) {
    const auto widest = std::ranges::max_element(names);
    if (*widest <= kNameColumnsMin) return;
    --*widest;
    --needed;
  }
}

std::string cut_to_width(const std::string& text, std::size_t width) {
  std::size_t end = 0;
  for (std::size_t columns = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (begins && ++columns == width) break;
  }
  return text.substr(0, end) + "~";
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::vector<std::string> aligned_lines(const std::vector<std::vector<std::string>>& rows,
                                       const std::vector<bool>& right_aligned, std::size_t room) {
  std::vector<std::size_t> widths(right_aligned.size(), 0);
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(cells[i]));
    }
  }
  make_room(widths, right_aligned, room);
  std::vector<std::string> lines;
  for (const auto& cells : rows) {
    std::string& line = lines.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool fits = display_width(cells[i]) <= widths[i];
      const std::string cell = fits ? cells[i] : cut_to_width(cells[i], widths[i]);
      const std::string padding(widths[i] - display_width(cell), ' ');
      if (i != 0) line += "  ";
      line += right_aligned[i] ? padding + cell : cell + padding;
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
