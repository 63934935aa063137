#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kreel::sim {

struct Outcome {
  std::uint64_t hash = 0;  ///< of all that happened: the same for the same seed
  std::int64_t simulated_ms = 0;
  int lives = 0;
  std::size_t acknowledged = 0;
  std::size_t observed = 0;
  std::string plan;  ///< what this seed is about
  std::vector<std::string> violations;
};

/// One broker with its clients through a minute of faults and ten seconds of calm; then all that
/// was promised is looked up.
Outcome simulate(std::uint64_t seed, bool trace);

}  // namespace kreel::sim
