#include "cli/lag_trend.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace kreel::cli {

namespace {

double per_second(std::int64_t amount, std::int64_t time_ms) {
  return static_cast<double>(amount) * 1e3 / static_cast<double>(time_ms);
}

}  // namespace

bool LagTrend::went_back(const Point& before, const Point& after) {
  return after.position < before.position || after.log_end < before.log_end;
}

void LagTrend::add_point(std::deque<Point>& window, const Point& point) {
  // Behind a rewind, or a topic made anew, rates begin again.
  if (window.size() >= 2 && went_back(window[0], window[1])) window.pop_front();
  if (!window.empty() && point.at_ms <= window.back().at_ms) return;
  if (!window.empty() && went_back(window.back(), point)) {
    window.erase(window.begin(), window.end() - 1);
  }
  window.push_back(point);
  while (window.size() > 2 && window[1].at_ms <= point.at_ms - kWindowMs) window.pop_front();
}

// Members commit every few seconds, so a position moves in steps. Taken from step to step the rate
// does not depend on how many of them the window happens to hold.
double LagTrend::out_rate(const std::deque<Point>& window) {
  const Point* first_step = nullptr;
  const Point* last_step = nullptr;
  std::int64_t steps = 0;
  for (std::size_t i = 1; i < window.size(); ++i) {
    if (window[i].position == window[i - 1].position) continue;
    if (first_step == nullptr) first_step = &window[i];
    last_step = &window[i];
    ++steps;
  }
  const Point& now = window.back();
  if (steps >= 2) {
    const std::int64_t between_ms = last_step->at_ms - first_step->at_ms;
    // A step that is long overdue means that the group is slower now, or stands.
    const bool is_going_on = now.at_ms - last_step->at_ms <= 2 * between_ms / (steps - 1);
    if (is_going_on) return per_second(last_step->position - first_step->position, between_ms);
  }
  const Point& oldest = window.front();
  return per_second(now.position - oldest.position, now.at_ms - oldest.at_ms);
}

std::vector<LagTrend::Line> LagTrend::add(const LagReport& report, std::int64_t now_ms) {
  RatesByPartition rates;
  std::map<LagKey, std::deque<Point>> windows;
  for (const LagRow& row : report.rows) {
    const auto position = row.committed ? row.committed : row.log_start;
    if (!position || !row.log_end) continue;
    const LagKey key{row.group, row.at};
    std::deque<Point>& window = windows[key];
    if (const auto known = windows_.find(key); known != windows_.end()) {
      window = std::move(known->second);
    }
    add_point(window, {now_ms, *position, *row.log_end});
    if (window.size() < 2) continue;
    const Point& oldest = window.front();
    const Point& newest = window.back();
    const double in =
        per_second(newest.log_end - oldest.log_end, newest.at_ms - oldest.at_ms);
    // A log end that went back is a topic made anew.
    rates[key] = {std::max(0.0, in), out_rate(window)};
  }
  windows_ = std::move(windows);

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
