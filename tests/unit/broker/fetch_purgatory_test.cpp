#include "broker/fetch_purgatory.hpp"

#include <doctest/doctest.h>

#include "support/manual_executor.hpp"
#include "unit/broker/stub_log.hpp"

using namespace kreel;
using broker::FetchPurgatory;
using broker::ParkedFetch;

namespace {

struct Recorder final : ParkedFetch {
  bool ready = false;
  int tries = 0;
  bool expired = false;
  bool try_complete(bool is_expired) override {
    ++tries;
    expired = expired || is_expired;
    return ready || is_expired;
  }
};

struct FetchPurgatoryFixture {
  test::ManualClock clock;
  test::ManualExecutor executor{clock};
  FetchPurgatory purgatory{3, executor};
  std::shared_ptr<test::StubLog> log = std::make_shared<test::StubLog>();
  std::shared_ptr<Recorder> fetch = std::make_shared<Recorder>();
};

}  // namespace

TEST_CASE("purgatory: a fetch is tried again after it is watched, so that no move is missed") {
  FetchPurgatoryFixture f;
  f.fetch->ready = true;
  f.purgatory.park(f.fetch, {f.log}, 500);
  CHECK(f.fetch->tries == 1);
  CHECK(f.purgatory.size() == 0);
  CHECK(f.log->watch_bits() == 0);
}

TEST_CASE("purgatory: a watched log has the bit of its thread until nobody waits") {
  FetchPurgatoryFixture f;
  f.purgatory.park(f.fetch, {f.log}, 500);
  CHECK(f.log->watch_bits() == 1U << 3U);
  f.fetch->ready = true;
  f.purgatory.wake(*f.log);
  f.executor.run_ready();
  CHECK(f.purgatory.size() == 0);
  CHECK(f.log->watch_bits() == 0);
}

TEST_CASE("purgatory: wakes between two runs of the thread are one try") {
  FetchPurgatoryFixture f;
  f.purgatory.park(f.fetch, {f.log}, 500);
  for (int i = 0; i < 5; ++i) f.purgatory.wake(*f.log);
  f.executor.run_ready();
  CHECK(f.fetch->tries == 2);
  CHECK(f.purgatory.size() == 1);
}

TEST_CASE("purgatory: time is up") {
  FetchPurgatoryFixture f;
  f.purgatory.park(f.fetch, {f.log}, 500);
  f.clock.advance_ms(499);
  f.executor.run_ready();
  CHECK_FALSE(f.fetch->expired);
  f.clock.advance_ms(1);
  f.executor.run_ready();
  CHECK(f.fetch->expired);
  CHECK(f.purgatory.size() == 0);
}

TEST_CASE("purgatory: a fetch of two logs wakes for either and leaves both") {
  FetchPurgatoryFixture f;
  const auto other = std::make_shared<test::StubLog>();
  f.purgatory.park(f.fetch, {f.log, other}, 500);
  f.fetch->ready = true;
  f.purgatory.wake(*other);
  f.executor.run_ready();
  CHECK(f.purgatory.size() == 0);
  CHECK(f.log->watch_bits() == 0);
  CHECK(other->watch_bits() == 0);
}
