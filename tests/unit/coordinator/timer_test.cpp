#include "coordinator/timer.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "support/manual_clock.hpp"
#include "support/manual_executor.hpp"

namespace kreel::coordinator {
namespace {

struct TimerFixture {
  void advance_ms(std::int64_t ms) {
    for (; ms > 0; ms -= 10) {
      clock.advance_ms(10);
      executor.run_ready();
    }
  }
  test::ManualClock clock;
  test::ManualExecutor executor{clock};
  int fired = 0;
};

TEST_CASE_FIXTURE(TimerFixture, "timer: fires once, when it is due") {
  Timer timer(executor, clock);
  CHECK_FALSE(timer.is_set());
  timer.set(100, [&] { ++fired; });
  CHECK(timer.is_set());
  advance_ms(90);
  CHECK(fired == 0);
  advance_ms(10);
  CHECK(fired == 1);
  CHECK_FALSE(timer.is_set());
  advance_ms(500);
  CHECK(fired == 1);
}

TEST_CASE_FIXTURE(TimerFixture, "timer: setting it again moves it, later and earlier") {
  Timer timer(executor, clock);
  timer.set(100, [&] { fired = 1; });
  advance_ms(50);
  timer.set(100, [&] { fired = 2; });
  advance_ms(90);
  CHECK(fired == 0);
  advance_ms(10);
  CHECK(fired == 2);
  timer.set(1'000, [&] { fired = 3; });
  timer.set(20, [&] { fired = 4; });
  advance_ms(20);
  CHECK(fired == 4);
  advance_ms(2'000);
  CHECK(fired == 4);
}

TEST_CASE_FIXTURE(TimerFixture, "timer: cancelled or destroyed, it never fires") {
  auto timer = std::make_unique<Timer>(executor, clock);
  timer->set(100, [&] { ++fired; });
  timer->cancel();
  advance_ms(200);
  timer->set(100, [&] { ++fired; });
  timer.reset();
  advance_ms(200);
  CHECK(fired == 0);
}

TEST_CASE_FIXTURE(TimerFixture, "timer: its task may destroy it or set it again") {
  auto timer = std::make_unique<Timer>(executor, clock);
  timer->set(10, [&] {
    ++fired;
    timer->set(10, [&] {
      ++fired;
      timer.reset();
    });
  });
  advance_ms(10);
  CHECK(fired == 1);
  advance_ms(10);
  CHECK(fired == 2);
  CHECK(timer == nullptr);
}

TEST_CASE_FIXTURE(TimerFixture, "timer: after a suspension it gives one more full interval, once") {
  Timer timer(executor, clock);
  timer.set(10'000, [&] { ++fired; });
  clock.advance_ms(60'000);
  executor.run_ready();
  CHECK(fired == 0);
  advance_ms(9'990);
  CHECK(fired == 0);
  SUBCASE("and fires at its end") {
    advance_ms(10);
    CHECK(fired == 1);
  }
  SUBCASE("suspended again at once, it fires") {
    clock.advance_ms(60'000);
    executor.run_ready();
    CHECK(fired == 1);
  }
  SUBCASE("set anew, it would give another") {
    timer.set(10'000, [&] { ++fired; });
    clock.advance_ms(60'000);
    executor.run_ready();
    CHECK(fired == 0);
  }
}

TEST_CASE_FIXTURE(TimerFixture, "timer: a suspension that ends just before the deadline counts") {
  Timer timer(executor, clock);
  timer.set(10'000, [&] { ++fired; });
  advance_ms(8'000);
  timer.set(10'000, [&] { ++fired; });  // due at 18 s, the executor's timer still at 10 s
  clock.advance_ms(9'900);
  executor.run_ready();
  advance_ms(5'000);
  CHECK(fired == 0);
  advance_ms(5'000);
  CHECK(fired == 1);
}

TEST_CASE_FIXTURE(TimerFixture, "timer: a little late is not suspended") {
  Timer timer(executor, clock);
  timer.set(100, [&] { ++fired; });
  clock.advance_ms(100 + Timer::kSuspendedAfterMs - 1);
  executor.run_ready();
  CHECK(fired == 1);
}

}  // namespace
}  // namespace kreel::coordinator
