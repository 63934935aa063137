#include "cli/lag_trend.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace kreel::cli {

std::vector<LagTrend::Line> LagTrend::add(const LagReport& report, std::int64_t now_ms) {
  RatesByPartition rates;
  std::map<LagKey, Point> points;
  for (const LagRow& row : report.rows) {
    const auto position = row.committed ? row.committed : row.log_start;
    if (!position || !row.log_end) continue;
    const Point point{now_ms, *position, *row.log_end};
    const LagKey key{row.group, row.at};
    points[key] = point;
    const auto before = previous_.find(key);
    if (before == previous_.end() || now_ms <= before->second.at_ms) continue;
    const double seconds = static_cast<double>(now_ms - before->second.at_ms) / 1e3;
    const auto per_second = [seconds](std::int64_t from, std::int64_t to) {
      return static_cast<double>(to - from) / seconds;
    };
    // A log end that went back is a topic made anew.
    rates[key] = {std::max(0.0, per_second(before->second.log_end, point.log_end)),
                  per_second(before->second.position, point.position)};
  }
  previous_ = std::move(points);

  std::vector<Line> lines;
  decltype(courses_) courses;
  for (LagLine& line : lag_lines(report.rows, by_, rates)) {
    const std::string where =
        line.partition ? TopicPartition{line.topic, *line.partition}.to_string() : line.topic;
    std::deque<std::int64_t>& course = courses[{line.group, where}];
    if (const auto known = courses_.find({line.group, where}); known != courses_.end()) {
      course = std::move(known->second);
    }
    if (line.lag) course.push_back(*line.lag);
    if (course.size() > kPointsMax) course.pop_front();
    lines.push_back({std::move(line), {course.begin(), course.end()}});
  }
  courses_ = std::move(courses);
  return lines;
}

std::string sparkline(const std::vector<std::int64_t>& values, bool unicode) {
  static constexpr std::array<std::string_view, 8> kBlocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array<std::string_view, 8> kAscii{"_", ".", ":", "-", "=", "+", "*", "#"};
  const auto& heights = unicode ? kBlocks : kAscii;
  const std::int64_t largest = values.empty() ? 0 : std::ranges::max(values);
  std::string text;
  for (const std::int64_t value : values) {
    const double part =
        largest <= 0 || value <= 0 ? 0 : static_cast<double>(value) / static_cast<double>(largest);
    text += heights[static_cast<std::size_t>(part * 7 + 0.5)];
  }
  return text;
}

}  // namespace kreel::cli
