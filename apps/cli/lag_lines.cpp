#include "cli/lag_lines.hpp"

#include <algorithm>

#include <kreel/text.hpp>

namespace kreel::cli {
namespace {

// Rates below this are noise of two clocks: no promise is made from them.
constexpr double kGainMin = 1e-3;
// Thirty thousand years: nor of what would take so long.
constexpr double kCatchUpMsMax = 1e15;

LagLine line_of(const LagRow& row, const RatesByPartition& rates) {
  LagLine line;
  line.group = row.group;
  line.topic = row.at.topic;
  line.partition = row.at.partition;
  line.committed = row.committed;
  line.log_start = row.log_start;
  line.log_end = row.log_end;
  line.lag = row.lag;
  line.time_lag_ms = row.time_lag_ms;
  line.topics = 1;
  line.partitions = 1;
  line.never_committed = row.never_committed() ? 1 : 0;
  line.failed = row.error ? 1 : 0;
  if (row.error) line.error = row.error->error.message();
  const auto found = rates.find({row.group, row.at});
  if (found != rates.end()) line.rates = found->second;
  return line;
}

void add(LagLine& sum, const LagLine& line) {
  if (line.lag) sum.lag = lag_sum(sum.lag.value_or(0), *line.lag);
  if (line.time_lag_ms) {
    sum.time_lag_ms = std::max(sum.time_lag_ms.value_or(0), *line.time_lag_ms);
  }
  ++sum.partitions;
  sum.never_committed += line.never_committed;
  sum.failed += line.failed;
  if (line.rates) {
    const LagRates before = sum.rates.value_or(LagRates{});
    sum.rates = LagRates{before.in + line.rates->in, before.out + line.rates->out};
  }
}

}  // namespace

std::string LagLine::note() const {
  if (partition) return failed != 0 ? error : never_committed != 0 ? "never committed" : "";
  std::string text;
  if (never_committed != 0) text = with_thousands(never_committed) + " never committed";
  if (failed != 0) text += (text.empty() ? "" : ", ") + with_thousands(failed) + " failed";
  return text;
}

std::optional<std::int64_t> LagLine::catch_up_ms() const {
  if (lag == 0) return 0;
  if (!lag || !rates) return std::nullopt;
  const double gain = rates->out - rates->in;
  if (gain < kGainMin) return std::nullopt;
  const double ms = static_cast<double>(*lag) / gain * 1'000;
  return ms < kCatchUpMsMax ? std::optional(static_cast<std::int64_t>(ms)) : std::nullopt;
}

std::int64_t lag_sum(std::int64_t one, std::int64_t other) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(one, other, &sum) ? INT64_MAX : sum;
}

std::vector<LagLine> lag_lines(std::span<const LagRow> rows, LagBy by,
                               const RatesByPartition& rates) {
  std::vector<LagLine> lines;
  std::string last_topic;
  for (const LagRow& row : rows) {
    LagLine line = line_of(row, rates);
    if (by == LagBy::kPartition) {
      lines.push_back(std::move(line));
      continue;
    }
    const bool same_group = !lines.empty() && lines.back().group == row.group;
    const bool same_topic = same_group && last_topic == row.at.topic;
    last_topic = row.at.topic;
    if (!(by == LagBy::kTopic ? same_topic : same_group)) {
      LagLine& sum = lines.emplace_back();
      sum.group = row.group;
      if (by == LagBy::kTopic) sum.topic = row.at.topic;
    }
    if (!same_topic) ++lines.back().topics;
    add(lines.back(), line);
  }
  return lines;
}

}  // namespace kreel::cli
