#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/bench_support.hpp"
#include "kafka/tool.hpp"

namespace kreel::kafka_tools {

// "%.2f", with Java's words for what is no number.
std::string java_fixed(double number, int decimals);
inline double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

// --print-metrics: `group:name:{client-id=ID}` and a number, one a line.
struct PerfMetric {
  std::string name;
  double value = 0;
};
void print_metrics(std::string_view group, std::string_view client_id,
                   std::span<const PerfMetric> metrics, ToolContext& context);

// What became of the records of kafka-producer-perf-test: a line for each interval, and one for
// all.
class SendStats {
 public:
  SendStats(std::int64_t interval_ms, bool is_steady_state, ToolContext& context);

  // One record was acknowledged, at `now_us` of cli::Stopwatch.
  void add(std::int64_t latency_us, std::uint64_t bytes, std::int64_t now_us);
  // No more lines for intervals.
  void stay_silent() { is_silent_ = true; }
  void print_total();

 private:
  struct Window {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::int64_t latency_us = 0;
    std::int64_t latency_us_max = 0;

    void add(std::int64_t us, std::uint64_t size_bytes);
    double mean_ms() const;
    double max_ms() const { return static_cast<double>(latency_us_max) / 1e3; }
  };
  void print_window(std::int64_t now_us);

  std::int64_t interval_us_;
  bool is_steady_state_;
  bool is_silent_ = false;
  ToolContext& context_;
  std::int64_t started_us_;
  std::int64_t window_started_us_;
  Window all_;
  Window window_;
  cli::LatencyHistogram latencies_;
};

}  // namespace kreel::kafka_tools
