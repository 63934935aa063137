#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "sim/simulation.hpp"

// kreel_sim [--first N] [--seeds N] [--trace]: N seeds ($KREEL_SIM_SEEDS, else 60) from the first
// one, 0 for ever. Three of them run twice: the same seed is the same run.

namespace {

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t seeds = 60;
  bool trace = false;
};

Arguments read_arguments(int count, char** words) {
  Arguments arguments;
  if (const char* seeds = std::getenv("KREEL_SIM_SEEDS")) {
    arguments.seeds = static_cast<std::uint64_t>(kreel::parse_int64(seeds).value_or(60));
  }
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--trace") {
      arguments.trace = true;
      continue;
    }
    const auto number = i + 1 < count ? kreel::parse_int64(words[++i]) : std::nullopt;
    if (!number || (word != "--first" && word != "--seeds")) {
      fmt::print(stderr, "usage: kreel_sim [--first N] [--seeds N] [--trace]\n");
      std::exit(2);
    }
    (word == "--first" ? arguments.first : arguments.seeds) = static_cast<std::uint64_t>(*number);
  }
  return arguments;
}

}  // namespace

int main(int count, char** words) {
  const Arguments arguments = read_arguments(count, words);
  kreel::log::set_level(kreel::log::Level::kError);
  std::int64_t simulated_ms = 0;
  std::size_t acknowledged = 0;
  std::size_t observed = 0;
  int lives = 0;
  for (std::uint64_t i = 0; arguments.seeds == 0 || i < arguments.seeds; ++i) {
    const std::uint64_t seed = arguments.first + i;
    auto outcome = kreel::sim::simulate(seed, arguments.trace);
    if (i < 3 && !arguments.trace && kreel::sim::simulate(seed, false).hash != outcome.hash) {
      outcome.violations.push_back("a second run of the same seed went another way");
    }
    if (!outcome.violations.empty()) {
      fmt::print("seed {} ({}):\n", seed, outcome.plan);
      for (const auto& violation : outcome.violations) fmt::print("  {}\n", violation);
      fmt::print("again: {} --first {} --seeds 1 --trace\n", words[0], seed);
      return 1;
    }
    simulated_ms += outcome.simulated_ms;
    acknowledged += outcome.acknowledged;
    observed += outcome.observed;
    lives += outcome.lives;
  }
  fmt::print(
      "{} seeds, {} simulated minutes, {} lives of the broker, {} values acknowledged, {} read\n",
      arguments.seeds, simulated_ms / 60'000, lives, acknowledged, observed);
  return 0;
}
