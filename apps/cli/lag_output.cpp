#include "cli/lag_output.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace kreel::cli {
namespace {

Value note_of(const LagLine& line) {
  return text_or_null(line.note());
}

Value rate(double per_second) {
  return std::round(per_second * 10) / 10;
}

}  // namespace

std::string LagPrinter::kind() const {
  if (by_ == LagBy::kPartition) return "groups.lag";
  return by_ == LagBy::kTopic ? "groups.lag.topic" : "groups.lag.group";
}

std::vector<Column> LagPrinter::columns(bool watched) const {
  // A watched table needs its 80 columns for the rates.
  const auto sums_show = watched ? Column::Show::kWide : Column::Show::kAlways;
  std::vector<Column> columns{{"group"}};
  switch (by_) {
    case LagBy::kPartition:
      for (const char* name : {"topic", "partition", "committed"}) columns.push_back({name});
      columns.push_back({"log_start", Column::Show::kWide});
      columns.push_back({"log_end"});
      break;
    case LagBy::kTopic:
      columns.push_back({"topic"});
      columns.push_back({"partitions", sums_show});
      break;
    case LagBy::kGroup:
      columns.push_back({"topics", sums_show});
      columns.push_back({"partitions", sums_show});
      break;
  }
  columns.push_back({"lag"});
  columns.push_back({"time_lag_ms", Column::Show::kAlways, Column::Kind::kDurationMs});
  return columns;
}

std::vector<Value> LagPrinter::values(const LagLine& line) const {
  std::vector<Value> values{line.group};
  switch (by_) {
    case LagBy::kPartition:
      values.insert(values.end(), {line.topic, std::int64_t{line.partition.value_or(0)},
                                   line.committed, line.log_start, line.log_end});
      break;
    case LagBy::kTopic:
      values.insert(values.end(), {line.topic, line.partitions});
      break;
    case LagBy::kGroup:
      values.insert(values.end(), {line.topics, line.partitions});
      break;
  }
  values.insert(values.end(), {line.lag, line.time_lag_ms});
  return values;
}

Result<void> LagPrinter::begin() {
  std::vector<Column> all = columns(false);
  all.push_back({"note"});
  return output_.begin(kind(), std::move(all));
}

void LagPrinter::row(const LagLine& line) {
  std::vector<Value> all = values(line);
  all.push_back(note_of(line));
  output_.row(std::move(all));
}

Result<void> LagPrinter::begin_watched(bool with_time) {
  with_time_ = with_time;
  std::vector<Column> all = columns(true);
  if (with_time_) {
    all.insert(all.begin(), Column{"ts", Column::Show::kAlways, Column::Kind::kTimeMs});
  }
  for (const char* name : {"in_per_s", "out_per_s"}) all.push_back({name});
  all.push_back({"catch_up_ms", Column::Show::kAlways, Column::Kind::kDurationMs});
  all.push_back({"trend"});
  all.push_back({"note"});
  return output_.begin(kind(), std::move(all));
}

void LagPrinter::watched_row(const LagTrend::Line& line, std::int64_t now_ms, bool unicode) {
  std::vector<Value> all;
  if (with_time_) all.emplace_back(now_ms);
  std::ranges::move(values(line.line), std::back_inserter(all));
  const auto& rates = line.line.rates;
  all.push_back(rates ? rate(rates->in) : Value());
  all.push_back(rates ? rate(rates->out) : Value());
  all.emplace_back(line.line.catch_up_ms());
  if (output_.is_json()) {
    Value::Array lags(line.lags.begin(), line.lags.end());
    all.emplace_back(std::move(lags));
  } else {
    all.emplace_back(sparkline(line.lags, unicode));
  }
  all.push_back(note_of(line.line));
  output_.row(std::move(all));
}

std::vector<Error> distinct_errors(const LagReport& report) {
  std::vector<Error> errors;
  std::set<std::string> seen;
  const auto add = [&](const Error& error) {
    if (seen.insert(error.message()).second) errors.push_back(error);
  };
  for (const Error& error : report.errors) add(error);
  for (const LagRow& row : report.rows) {
    if (row.error) add(row.error->error);
  }
  return errors;
}

}  // namespace kreel::cli
