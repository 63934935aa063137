#include "kafka/perf_stats.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace kreel::kafka_tools {

std::string java_fixed(double number, int decimals) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{:.{}f}", number, decimals);
}

void print_metrics(std::string_view group, std::string_view client_id,
                   std::span<const PerfMetric> metrics, ToolContext& context) {
  std::vector<std::string> names;
  std::size_t width = 0;
  for (const PerfMetric& metric : metrics) {
    names.push_back(fmt::format("{}:{}:{{client-id={}}}", group, metric.name, client_id));
    width = std::max(width, names.back().size());
  }
  context.out_line(fmt::format("\n{:<{}}   Value", "Metric Name", width));
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    context.out_line(fmt::format("{:<{}} : {}", names[i], width, java_fixed(metrics[i].value, 3)));
  }
}

void SendStats::Window::add(std::int64_t us, std::uint64_t size_bytes) {
  ++records;
  bytes += size_bytes;
  latency_us += us;
  latency_us_max = std::max(latency_us_max, us);
}

double SendStats::Window::mean_ms() const {
  return static_cast<double>(latency_us) / 1e3 / static_cast<double>(records);
}

SendStats::SendStats(std::int64_t interval_ms, bool is_steady_state, ToolContext& context)
    : interval_us_(interval_ms * 1000),
      is_steady_state_(is_steady_state),
      context_(context),
      started_us_(cli::Stopwatch::now_us()),
      window_started_us_(started_us_) {}

void SendStats::add(std::int64_t latency_us, std::uint64_t bytes, std::int64_t now_us) {
  all_.add(latency_us, bytes);
  window_.add(latency_us, bytes);
  latencies_.add(latency_us);
  if (now_us - window_started_us_ < interval_us_) return;
  if (is_steady_state_ && all_.records == window_.records) context_.out_line("In steady state.");
  if (!is_silent_) print_window(now_us);
  window_ = {};
  window_started_us_ = now_us;
  context_.host().streams.out.flush_now();
}

void SendStats::print_window(std::int64_t now_us) {
  const double seconds = static_cast<double>(now_us - window_started_us_) / 1e6;
  context_.out_line(fmt::format(
      "{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency.",
      window_.records, java_fixed(static_cast<double>(window_.records) / seconds, 1),
      java_fixed(megabytes(window_.bytes) / seconds, 2), java_fixed(window_.mean_ms(), 1),
      java_fixed(window_.max_ms(), 1)));
}

void SendStats::print_total() {
  const double seconds = static_cast<double>(cli::Stopwatch::now_us() - started_us_) / 1e6;
  const auto percentile = [&](double part) {
    return static_cast<std::int64_t>(latencies_.percentile_ms(part).value_or(0));
  };
  context_.out_line(fmt::format(
      "{}{} records sent, {} records/sec ({} MB/sec), {} ms avg latency, {} ms max latency, {} ms "
      "50th, {} ms 95th, {} ms 99th, {} ms 99.9th.",
      all_.records, is_steady_state_ ? " steady state" : "",
      java_fixed(static_cast<double>(all_.records) / seconds, 6),
      java_fixed(megabytes(all_.bytes) / seconds, 2), java_fixed(all_.mean_ms(), 2),
      java_fixed(all_.max_ms(), 2), percentile(0.5), percentile(0.95), percentile(0.99),
      percentile(0.999)));
}

}  // namespace kreel::kafka_tools
