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

TEST_CASE_FIXTURE(TimerFixture, "timer: after a suspension it gives the grace, once") {
  Timer timer(executor, clock);
  timer.set(45'000, [&] { ++fired; });
  clock.advance_ms(60'000);
  executor.run_ready();
  CHECK(fired == 0);
  advance_ms(Timer::kGraceMs - 10);
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
    timer.set(45'000, [&] { ++fired; });
    clock.advance_ms(60'000);
    executor.run_ready();
    CHECK(fired == 0);
  }
}

TEST_CASE_FIXTURE(TimerFixture, "timer: the grace is never longer than its interval") {
  Timer timer(executor, clock);
  timer.set(200, [&] { ++fired; });
  clock.advance_ms(60'000);
  executor.run_ready();
  CHECK(fired == 0);
  advance_ms(200);
  CHECK(fired == 1);
}

TEST_CASE_FIXTURE(TimerFixture,
                  "timer: what has waited during a suspension moves it by the grace") {
  for (const bool timers_run_first : {true, false}) {
    for (const bool lives : {true, false}) {
      CAPTURE(timers_run_first);
      CAPTURE(lives);
      fired = 0;
      Timer timer(executor, clock);
      timer.set(45'000, [&] { ++fired; });
      clock.advance_ms(60'000);
      if (timers_run_first) executor.run_ready();
      timer.set(45'000, [&] { ++fired; });
      advance_ms(900);
      timer.set(45'000, [&] { ++fired; });
      advance_ms(Timer::kGraceMs - 10);
      CHECK(fired == 0);
      if (lives) {
        timer.set(45'000, [&] { ++fired; });
        advance_ms(44'990);
        CHECK(fired == 0);
      }
      advance_ms(10);
      CHECK(fired == 1);
    }
  }
}

TEST_CASE_FIXTURE(TimerFixture,
                  "timer: a suspension that is over before the deadline costs nothing") {
  Timer timer(executor, clock);
  timer.set(10'000, [&] { ++fired; });
  advance_ms(8'000);
  timer.set(45'000, [&] { ++fired; });  // the executor's timer is still at 10 s
  clock.advance_ms(20'000);
  timer.set(45'000, [&] { ++fired; });
  executor.run_ready();
  advance_ms(44'990);
  CHECK(fired == 0);
  advance_ms(10);
  CHECK(fired == 1);
}

TEST_CASE_FIXTURE(TimerFixture, "timer: a suspension that ends just before the deadline counts") {
  Timer timer(executor, clock);
  timer.set(10'000, [&] { ++fired; });
  advance_ms(8'000);
  timer.set(10'000, [&] { ++fired; });  // due at 18 s, the executor's timer still at 10 s
  clock.advance_ms(9'900);
  executor.run_ready();
  advance_ms(Timer::kGraceMs - 10);
  CHECK(fired == 0);
  advance_ms(10);
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
