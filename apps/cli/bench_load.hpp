#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/admin.hpp"
#include "cli/bench_support.hpp"
#include "cli/stop_requests.hpp"

namespace kreel::cli {

// How records are written in a benchmark.
struct BenchLoad {
  std::int64_t records = 0;
  std::int64_t size_bytes = 0;
  std::optional<std::string> acks;
  std::optional<std::string> compression;
  std::optional<double> records_per_s;
  std::optional<std::chrono::milliseconds> duration;  // ends the run as well
};

// A producer's properties with what the load says.
Result<ClientConfig> bench_producer_config(CommandContext& context, const BenchLoad& load);

// Writes records to `topic` as fast as it takes them, or at the load's rate, and measures from
// produce() to the acknowledgement. Shows progress.
Result<BenchRow> bench_write(CommandContext& context, const std::string& topic,
                             const BenchLoad& load, const StopRequests& stop);

}  // namespace kreel::cli
