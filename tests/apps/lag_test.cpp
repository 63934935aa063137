#include <doctest/doctest.h>

#include "apps/support.hpp"
#include "cli/lag_lines.hpp"
#include "cli/lag_output.hpp"
#include "cli/lag_trend.hpp"

using namespace kreel;
using namespace kreel::cli;
using kreel::cli::testing::TestHost;

namespace {

LagRow row(std::string group, TopicPartition at, std::optional<std::int64_t> committed,
           std::int64_t log_end, std::int64_t time_lag_ms = 0) {
  LagRow row;
  row.group = std::move(group);
  row.at = std::move(at);
  row.committed = committed;
  row.log_start = 0;
  row.log_end = log_end;
  row.lag = log_end - committed.value_or(0);
  row.time_lag_ms = time_lag_ms;
  return row;
}

LagRow failed_row(std::string group, TopicPartition at, const std::string& why) {
  LagRow row;
  row.group = std::move(group);
  row.at = std::move(at);
  row.error = ItemError{Error(ErrorKind::kUnreachable, why), 0};
  return row;
}

const std::vector<LagRow> kRows = {
    row("a", {"orders", 0}, 10, 15, 3'000), row("a", {"orders", 1}, std::nullopt, 7, 9'000),
    row("a", {"other", 0}, 1, 1),           row("b", {"orders", 0}, 15, 15),
    failed_row("b", {"orders", 1}, "down"),
};

}  // namespace

TEST_CASE("lag lines: one for each partition, marked where nothing was committed") {
  const auto lines = lag_lines(kRows, LagBy::kPartition);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].note().empty());
  CHECK(lines[1].note() == "never committed");
  CHECK_FALSE(lines[1].committed);
  CHECK(lines[1].lag == 7);
  CHECK(lines[4].note() == "down");
  CHECK_FALSE(lines[4].lag);
}

TEST_CASE("lag lines: a topic's are a group's sum, its time the longest") {
  const auto lines = lag_lines(kRows, LagBy::kTopic);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].topic == "orders");
  CHECK(lines[0].partitions == 2);
  CHECK(lines[0].lag == 12);
  CHECK(lines[0].time_lag_ms == 9'000);
  CHECK(lines[0].note() == "1 never committed");
  CHECK(lines[1].topic == "other");
  CHECK(lines[1].lag == 0);
  CHECK(lines[2].group == "b");
  CHECK(lines[2].note() == "1 failed");
}

TEST_CASE("lag lines: a group's count its topics and partitions") {
  const auto lines = lag_lines(kRows, LagBy::kGroup);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].topics == 2);
  CHECK(lines[0].partitions == 3);
  CHECK(lines[0].lag == 12);
  CHECK(lines[1].topics == 1);
  CHECK(lines[1].lag == 0);
}

TEST_CASE("lag lines: the time to catch up needs a gain") {
  LagLine line;
  line.lag = 100;
  CHECK_FALSE(line.catch_up_ms());
  line.rates = LagRates{10, 60};
  CHECK(line.catch_up_ms() == 2'000);
  line.rates = LagRates{60, 60};
  CHECK_FALSE(line.catch_up_ms());
  line.rates = LagRates{60, -5};
  CHECK_FALSE(line.catch_up_ms());
  line.rates = LagRates{0, 0.002};
  line.lag = INT64_MAX;
  CHECK_FALSE(line.catch_up_ms());
  line.lag = 0;
  CHECK(line.catch_up_ms() == 0);
}

TEST_CASE("lag lines: a sum ends at the largest number") {
  CHECK(lag_sum(2, 3) == 5);
  CHECK(lag_sum(INT64_MAX, INT64_MAX) == INT64_MAX);
}

TEST_CASE("lag trend: rates are those of the partitions seen twice, summed") {
  LagTrend trend(LagBy::kGroup);
  LagReport report;
  report.rows = {row("a", {"orders", 0}, 10, 100)};
  auto lines = trend.add(report, 1'000);
  CHECK_FALSE(lines[0].line.rates);
  CHECK(lines[0].lags == std::vector<std::int64_t>{90});

  // Two seconds later, with a partition that is new and must not count as a million records a
  // second.
  report.rows = {row("a", {"orders", 0}, 60, 120), row("a", {"orders", 1}, 0, 1'000'000)};
  lines = trend.add(report, 3'000);
  REQUIRE(lines[0].line.rates);
  CHECK(lines[0].line.rates->in == doctest::Approx(10));
  CHECK(lines[0].line.rates->out == doctest::Approx(25));
  CHECK(lines[0].lags == std::vector<std::int64_t>{90, 1'000'060});
}

TEST_CASE("lag trend: a topic made anew has no negative rate, and a rewind has one") {
  LagTrend trend(LagBy::kPartition);
  LagReport report;
  report.rows = {row("a", {"orders", 0}, 50, 100)};
  trend.add(report, 1'000);
  report.rows = {row("a", {"orders", 0}, 0, 10)};
  const auto lines = trend.add(report, 2'000);
  CHECK(lines[0].line.rates->in == 0);
  CHECK(lines[0].line.rates->out == doctest::Approx(-50));
}

TEST_CASE("lag trend: commits every five seconds are a steady rate, whatever the interval") {
  for (const std::int64_t interval_ms : {1'000, 2'000, 3'000}) {
    CAPTURE(interval_ms);
    LagTrend trend(LagBy::kPartition);
    for (std::int64_t now_ms = 0; now_ms <= 120'000; now_ms += interval_ms) {
      LagReport report;
      // 100 come and are read each second; what is read is committed every five.
      report.rows = {row("a", {"orders", 0}, now_ms / 5'000 * 500, 1'000 + now_ms / 10)};
      const auto lines = trend.add(report, now_ms);
      if (now_ms < 20'000) continue;
      CAPTURE(now_ms);
      CHECK(lines[0].line.rates->in == doctest::Approx(100).epsilon(0.01));
      CHECK(lines[0].line.rates->out == doctest::Approx(100).epsilon(0.15));
    }
  }
}

TEST_CASE("lag trend: a group that stops comes down to nothing, and goes up again") {
  LagTrend trend(LagBy::kPartition);
  const auto out_at = [&](std::int64_t at_s, std::int64_t committed) {
    LagReport report;
    report.rows = {row("a", {"orders", 0}, committed, 10'000)};
    return trend.add(report, at_s * 1'000)[0].line.rates.value_or(LagRates{}).out;
  };
  for (std::int64_t s = 0; s <= 30; ++s) out_at(s, s / 5 * 500);
  double out = 100;
  for (std::int64_t s = 31; s <= 60; ++s) {
    const double now = out_at(s, 3'000);
    CHECK(now <= out * 1.15);
    out = now;
  }
  CHECK(out == 0);
  for (std::int64_t s = 61; s <= 80; ++s) out = out_at(s, 3'000 + (s - 60) * 10);
  CHECK(out == doctest::Approx(10));
}

TEST_CASE("lag trend: behind a rewind the rates begin again") {
  LagTrend trend(LagBy::kPartition);
  LagReport report;
  report.rows = {row("a", {"orders", 0}, 900, 1'000)};
  trend.add(report, 1'000);
  report.rows = {row("a", {"orders", 0}, 100, 1'000)};
  CHECK(trend.add(report, 2'000)[0].line.rates->out == doctest::Approx(-800));
  report.rows = {row("a", {"orders", 0}, 150, 1'000)};
  CHECK(trend.add(report, 3'000)[0].line.rates->out == doctest::Approx(50));
}

TEST_CASE("lag trend: the course is bounded, and forgotten with its line") {
  LagTrend trend(LagBy::kPartition);
  LagReport report;
  report.rows = {row("a", {"orders", 0}, 0, 5)};
  std::vector<LagTrend::Line> lines;
  for (int i = 0; i < 40; ++i) lines = trend.add(report, i * 1'000);
  CHECK(lines[0].lags.size() == LagTrend::kPointsMax);
  trend.add(LagReport(), 50'000);
  CHECK(trend.add(report, 60'000)[0].lags.size() == 1);
}

TEST_CASE("sparkline: heights go with the largest value, in eight steps or in ASCII") {
  CHECK(sparkline({0, 1, 7, 4}, true) == "▁▂█▅");
  CHECK(sparkline({0, 1, 7, 4}, false) == "_.#=");
  CHECK(sparkline({0, 0}, true) == "▁▁");
  CHECK(sparkline({}, true).empty());
}

TEST_CASE("lag output: durations are rounded in a table, exact in JSON") {
  const std::vector<LagRow> rows = {row("a", {"orders", 0}, 10, 15, 432'100)};
  const auto printed = [&](Format format) {
    TestHost host;
    OutputOptions options;
    options.format = format;
    Output output(host.streams, options);
    LagPrinter printer(output, LagBy::kPartition);
    REQUIRE(printer.begin());
    for (const LagLine& line : lag_lines(rows, LagBy::kPartition)) printer.row(line);
    output.end();
    return host.out;
  };
  CHECK(printed(Format::kTable) ==
        "GROUP  TOPIC   PARTITION  COMMITTED  LOG-END  LAG  TIME-LAG  NOTE\n"
        "a      orders          0         10       15    5     7m12s     -\n");
  CHECK(printed(Format::kJsonl) ==
        R"({"group":"a","topic":"orders","partition":0,"committed":10,"log_start":0,"log_end":15,)"
        R"("lag":5,"time_lag_ms":432100,"note":null})"
        "\n");
}

TEST_CASE("lag output: one broker that is down is told once") {
  LagReport report;
  report.rows = {failed_row("a", {"o", 0}, "down"), failed_row("a", {"o", 1}, "down"),
                 failed_row("a", {"o", 2}, "other")};
  CHECK(distinct_errors(report).size() == 2);
}

TEST_CASE("streams: a line is cut to the terminal's columns, colours and characters kept whole") {
  CHECK(clip_to_columns("abcdef", 3) == "abc");
  CHECK(clip_to_columns("▁▂▃▄", 2) == "▁▂");
  CHECK(clip_to_columns("\x1b[1mHEAD\x1b[0m", 2) == "\x1b[1mHE\x1b[0m");
}
