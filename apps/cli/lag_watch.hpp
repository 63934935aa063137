#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "cli/context.hpp"
#include "cli/lag_lines.hpp"

namespace kreel::cli {

struct LagWatch {
  std::function<Result<LagReport>()> measure;  // called on a thread of its own
  LagBy by = LagBy::kPartition;
  std::chrono::milliseconds interval{0};
  std::optional<std::int64_t> samples;  // none: until a signal
};

// Prints sample after sample until told to stop: redrawn in place on a terminal, one after the
// other elsewhere. An error of the first sample is the error of the whole; later ones are shown,
// and the watch goes on.
Result<ExitCode> watch_lag(CommandContext& context, LagWatch watch);

}  // namespace kreel::cli
