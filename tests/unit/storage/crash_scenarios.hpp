#pragma once

#include <span>
#include <string_view>

#include "unit/storage/crash_world.hpp"

namespace kreel::test {

/// A short life of a data directory. Random choices come from `run`, so that each seed differs.
struct CrashScenario {
  std::string_view name;
  void (*live)(CrashWorld& world, CrashRun& run);
  storage::FlushPolicy flush;
  std::uint64_t producer_save_bytes = storage::kProducerSaveBytes;
};

std::span<const CrashScenario> crash_scenarios();

/// Small segments and indexes, so that a few batches roll.
storage::LogConfig small_segments();

}  // namespace kreel::test
