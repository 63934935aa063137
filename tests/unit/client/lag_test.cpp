#include "kreel/lag.hpp"

#include <doctest/doctest.h>

#include "unit/client/fake_admin.hpp"

using namespace kreel;
using kreel::test::FakeAdmin;

namespace {

LagReport measure(FakeAdmin& admin, const std::vector<std::string>& groups, bool time_lag = true) {
  auto report = measure_lag(admin, groups, {.time_lag = time_lag, .now_ms = 2'000'000});
  REQUIRE(report);
  return *report;
}

}  // namespace

TEST_CASE("lag: offsets and time behind, for each committed partition") {
  FakeAdmin admin;
  admin.topics["orders"] = {{100, 250}, {0, 50}};
  admin.commit("app", "orders", 0, 200);
  admin.commit("app", "orders", 1, 50);
  const LagReport report = measure(admin, {"app"});
  REQUIRE(report.rows.size() == 2);
  CHECK(report.rows[0].lag == 50);
  CHECK(report.rows[0].log_start == 100);
  CHECK(report.rows[0].log_end == 250);
  CHECK(report.rows[0].time_lag_ms == 2'000'000 - admin.topics["orders"][0].time_of(200));
  CHECK(report.rows[1].lag == 0);
  CHECK(report.rows[1].time_lag_ms == 0);
}

TEST_CASE("lag: a commit before the log start is as old as the first record that is left") {
  FakeAdmin admin;
  admin.topics["orders"] = {{100, 250}};
  admin.commit("app", "orders", 0, 20);
  const LagReport report = measure(admin, {"app"});
  CHECK(report.rows[0].lag == 230);
  CHECK(report.rows[0].time_lag_ms == 2'000'000 - admin.topics["orders"][0].time_of(100));
}

TEST_CASE("lag: a commit beyond the log end is not a negative lag") {
  FakeAdmin admin;
  admin.topics["orders"] = {{0, 10}};
  admin.commit("app", "orders", 0, 99);
  const LagReport report = measure(admin, {"app"});
  CHECK(report.rows[0].lag == 0);
}

TEST_CASE("lag: a deleted topic has its commit and an error, and no numbers") {
  FakeAdmin admin;
  admin.commit("app", "gone", 0, 7);
  const LagReport report = measure(admin, {"app"});
  REQUIRE(report.rows.size() == 1);
  CHECK(report.rows[0].committed == 7);
  CHECK_FALSE(report.rows[0].lag);
  CHECK_FALSE(report.rows[0].time_lag_ms);
  REQUIRE(report.rows[0].error);
  CHECK(report.rows[0].error->error.kind() == ErrorKind::kNotFound);
}

TEST_CASE("lag: a hundred groups cost as many calls as one") {
  FakeAdmin admin;
  admin.topics["orders"] = {{0, 1'000}};
  std::vector<std::string> groups;
  for (int i = 0; i < 100; ++i) {
    groups.push_back("group-" + std::to_string(i));
    admin.commit(groups.back(), "orders", 0, i);
  }
  const LagReport report = measure(admin, groups);
  CHECK(report.rows.size() == 100);
  CHECK(admin.calls_to_fetch_offsets == 1);
  CHECK(admin.calls_to_list_offsets == 1);
  CHECK(admin.calls_to_find_records == 1);
}

TEST_CASE("lag: without times, no record is read") {
  FakeAdmin admin;
  admin.topics["orders"] = {{0, 10}};
  admin.commit("app", "orders", 0, 1);
  const LagReport report = measure(admin, {"app"}, false);
  CHECK(report.rows[0].lag == 9);
  CHECK_FALSE(report.rows[0].time_lag_ms);
  CHECK(admin.calls_to_find_records == 0);
}
