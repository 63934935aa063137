#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/lag_lines.hpp"
#include "cli/lag_trend.hpp"
#include "cli/output.hpp"

namespace kreel::cli {

// Prints the lines of `groups lag` in any format; watched ones with their time, rates and course.
class LagPrinter {
 public:
  LagPrinter(Output& output, LagBy by) : output_(output), by_(by) {}

  Result<void> begin();
  void row(const LagLine& line);

  // One sample of several. `with_time`: a column that tells them apart.
  Result<void> begin_watched(bool with_time);
  void watched_row(const LagTrend::Line& line, std::int64_t now_ms, bool unicode);

 private:
  std::string kind() const;
  std::vector<Column> columns(bool watched) const;
  std::vector<Value> values(const LagLine& line) const;

  Output& output_;
  LagBy by_;
  bool with_time_ = false;
};

// What went wrong, each text once: a broker that is down fails many partitions.
std::vector<Error> distinct_errors(const LagReport& report);

}  // namespace kreel::cli
