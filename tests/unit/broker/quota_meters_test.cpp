#include "broker/quota_meters.hpp"

#include <doctest/doctest.h>

using namespace kreel::broker;

namespace {

constexpr QuotaWindows kWindows{.count = 11, .size_ms = 1'000};

}  // namespace

TEST_CASE("quota meters: a spike waits as long as in Apache Kafka") {
  // ClientQuotaManagerTest of Kafka: (400 * 10 + 2300) / 10.5 s = 600 a second, over 500 by a fifth
  // of 10.5 s.
  RateMeter meter;
  std::int64_t now_ms = 5'000;
  for (int i = 0; i < 10; ++i) {
    meter.add(400, kWindows, now_ms);
    CHECK(meter.wait_ms(500, kWindows, now_ms) == 0);
    now_ms += 1'000;
  }
  now_ms += 500;
  meter.add(2'300, kWindows, now_ms);
  CHECK(meter.wait_ms(500, kWindows, now_ms) == 2'100);
  now_ms += 2'100;
  for (int i = 0; i < 10; ++i) {
    meter.add(400, kWindows, now_ms);
    now_ms += 1'000;
  }
  CHECK(meter.wait_ms(500, kWindows, now_ms) == 0);
}

TEST_CASE("quota meters: the first second is no rate of one second") {
  RateMeter meter;
  meter.add(4'999, kWindows, 1'000);
  CHECK(meter.per_second(kWindows, 1'000) == doctest::Approx(499.9));
  CHECK(meter.wait_ms(500, kWindows, 1'000) == 0);
  meter.add(5'001, kWindows, 1'000);
  CHECK(meter.wait_ms(500, kWindows, 1'000) == 10'000);
}

TEST_CASE("quota meters: what is older than the windows does not count") {
  RateMeter meter;
  meter.add(100'000, kWindows, 1'000);
  CHECK_FALSE(meter.is_idle(kWindows, 11'999));
  CHECK(meter.is_idle(kWindows, 12'000));
  CHECK(meter.per_second(kWindows, 12'000) == 0);
  // After a long rest, as new.
  meter.add(1'000, kWindows, 500'000);
  CHECK(meter.per_second(kWindows, 500'000) == doctest::Approx(100));
}

TEST_CASE("quota meters: what is taken back was never used") {
  RateMeter meter;
  meter.add(1'000, kWindows, 1'000);
  meter.add(9'000, kWindows, 1'500);
  meter.add(-9'000, kWindows, 1'500);
  CHECK(meter.per_second(kWindows, 1'500) == doctest::Approx(1'000 / 10.5));
}

TEST_CASE("quota meters: a meter has no more samples than windows, however long it runs") {
  RateMeter meter;
  std::int64_t now_ms = 0;
  for (int i = 0; i < 1'000; ++i) {
    meter.add(100, kWindows, now_ms);
    now_ms += 100;
  }
  // 100 in a tenth of a second, for long.
  CHECK(meter.per_second(kWindows, now_ms) == doctest::Approx(1'000).epsilon(0.02));
}

TEST_CASE("quota meters: a wait has an end that fits into a reply") {
  RateMeter meter;
  meter.add(1e18, kWindows, 1'000);
  CHECK(meter.wait_ms(1, kWindows, 1'000) == std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("quota meters: tokens are saved up for all windows, and a debt is waited for") {
  TokenMeter meter;
  CHECK(meter.wait_ms(10, kWindows, 1'000) == 0);
  meter.take(110, 10, kWindows, 1'000);
  CHECK(meter.wait_ms(10, kWindows, 1'000) == 0);
  meter.take(50, 10, kWindows, 1'000);
  CHECK(meter.wait_ms(10, kWindows, 1'000) == 5'000);
  CHECK(meter.wait_ms(10, kWindows, 4'000) == 2'000);
  CHECK(meter.wait_ms(10, kWindows, 6'000) == 0);
  CHECK_FALSE(meter.is_idle(kWindows, 16'999));
  CHECK(meter.is_idle(kWindows, 17'000));
  // No more than all windows' worth is saved.
  meter.take(0, 10, kWindows, 900'000);
  meter.take(120, 10, kWindows, 900'000);
  CHECK(meter.wait_ms(10, kWindows, 900'000) == 1'000);
}
