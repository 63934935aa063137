#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cli/lag_lines.hpp"

namespace kreel::cli {

// What sample after sample of the lag shows: rates, and the course of each line.
class LagTrend {
 public:
  static constexpr std::size_t kPointsMax = 16;
  // Holds several commits of members that commit every five seconds.
  static constexpr std::int64_t kWindowMs = 30'000;

  explicit LagTrend(LagBy by) : by_(by) {}

  struct Line {
    LagLine line;
    std::vector<std::int64_t> lags;  // of the last samples, the newest at the end
  };
  // `now_ms` by a clock that never goes back. Rates are those of the last kWindowMs, as far as the
  // partition has been seen.
  std::vector<Line> add(const LagReport& report, std::int64_t now_ms);

 private:
  struct Point {
    std::int64_t at_ms = 0;
    std::int64_t position = 0;
    std::int64_t log_end = 0;
  };

  static bool went_back(const Point& before, const Point& after);
  static void add_point(std::deque<Point>& window, const Point& point);
  static double out_rate(const std::deque<Point>& window);

  LagBy by_;
  std::map<LagKey, std::deque<Point>> windows_;  // what goes back does so at the front alone
  std::map<std::pair<std::string, std::string>, std::deque<std::int64_t>> courses_;
};

// `values` as bars of eight heights, scaled to the largest; ASCII where `unicode` is false.
std::string sparkline(const std::vector<std::int64_t>& values, bool unicode);

}  // namespace kreel::cli
