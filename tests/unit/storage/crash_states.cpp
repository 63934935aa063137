// crash_states [--long]: short lives of a data directory, cut at each file operation into states
// that a power failure may leave. KREEL_CRASH_STATES is the number of states (default 10000, with
// --long 50000), shared by all scenarios; KREEL_CRASH_SEED the first seed. KREEL_CRASH_SCENARIO
// names the only one to run, with its share.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "unit/storage/crash_scenarios.hpp"

using namespace kreel;

namespace {

std::uint64_t default_states = 10'000;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  const auto number = text == nullptr ? std::nullopt : parse_int64(text);
  return number ? static_cast<std::uint64_t>(*number) : otherwise;
}

void live_through(const test::CrashScenario& scenario, test::CrashRun& run) {
  test::CrashWorld world(run, std::string(scenario.name));
  world.crash_at_ops();
  world.open();
  if (!world.is_open()) return;
  scenario.live(world, run);
  if (!world.is_open()) return;
  world.check_logs();
  world.crash_now(run.images_per_op);
}

}  // namespace

TEST_CASE("crash: whatever state a power failure leaves, every promise holds") {
  const auto scenarios = test::crash_scenarios();
  const auto total = number_from_environment("KREEL_CRASH_STATES", default_states);
  const auto first_seed = number_from_environment("KREEL_CRASH_SEED", 1);
  const char* only = std::getenv("KREEL_CRASH_SCENARIO");
  bool found = false;
  for (const auto& scenario : scenarios) {
    if (only != nullptr && scenario.name != only) continue;
    found = true;
    std::uint64_t states = 0;
    const auto wanted = total / scenarios.size() + 1;
    for (auto seed = first_seed; states < wanted; ++seed) {
      test::CrashRun run(seed);
      run.flush = scenario.flush;
      run.producer_save_bytes = scenario.producer_save_bytes;
      live_through(scenario, run);
      states += run.states;
      for (const auto& text : run.violations) MESSAGE(text);
      CHECK(run.violations.empty());
      if (!run.violations.empty() || run.states == 0) break;
    }
    CHECK(states > 0);
  }
  CHECK(found);
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--long") default_states = 50'000;
  }
  log::set_level(log::Level::kError);
  doctest::Context context(argc, argv);
  return context.run();
}
