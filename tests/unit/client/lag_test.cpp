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

LagReport measure_all(FakeAdmin& admin, const std::vector<std::string>& groups,
                      Isolation isolation = Isolation::kReadUncommitted) {
  LagOptions options;
  options.now_ms = 2'000'000;
  options.isolation = isolation;
  options.never_committed = true;
  auto report = measure_lag(admin, groups, options);
  REQUIRE(report);
  return *report;
}

GroupMember member(std::vector<std::string> subscription, std::vector<TopicPartition> assignment) {
  GroupMember member;
  member.member_id = "m";
  member.subscription = std::move(subscription);
  member.assignment = std::move(assignment);
  return member;
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

TEST_CASE("lag: offsets that no log has make no negative lag") {
  FakeAdmin admin;
  admin.topics["orders"] = {{-5, INT64_MAX}, {0, 10}};
  admin.commit("app", "orders", 1, 10);
  const LagReport report = measure_all(admin, {"app"});
  REQUIRE(report.rows.size() == 2);
  CHECK(report.rows[0].lag == INT64_MAX);
  CHECK(report.rows[1].lag == 0);
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
  CHECK(admin.calls_to_describe_groups == 0);
  measure_all(admin, groups);
  CHECK(admin.calls_to_fetch_offsets == 2);
  CHECK(admin.calls_to_list_offsets == 2);
  CHECK(admin.calls_to_describe_groups == 1);
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

TEST_CASE("lag: partitions of a committed topic without a commit count from the log start") {
  FakeAdmin admin;
  admin.topics["orders"] = {{100, 250}, {40, 50}, {7, 7}};
  admin.commit("app", "orders", 0, 200);
  const LagReport report = measure_all(admin, {"app"});
  REQUIRE(report.rows.size() == 3);
  CHECK_FALSE(report.rows[0].never_committed());
  CHECK(report.rows[1].never_committed());
  CHECK_FALSE(report.rows[1].committed);
  CHECK(report.rows[1].lag == 10);
  CHECK(report.rows[1].time_lag_ms == 2'000'000 - admin.topics["orders"][1].time_of(40));
  CHECK(report.rows[2].never_committed());
  CHECK(report.rows[2].lag == 0);
  CHECK(report.rows[2].time_lag_ms == 0);
  CHECK(measure(admin, {"app"}).rows.size() == 1);
}

TEST_CASE("lag: topics that members subscribe to or hold count before their first commit") {
  FakeAdmin admin;
  admin.topics["orders"] = {{0, 10}};
  admin.topics["wanted"] = {{0, 3}};
  admin.topics["held"] = {{0, 4}, {0, 5}};
  admin.topics["others"] = {{0, 9}};
  admin.groups["app"].members = {member({"wanted", "not-there-yet"}, {{"held", 1}})};
  const LagReport report = measure_all(admin, {"app"});
  REQUIRE(report.rows.size() == 2);
  CHECK(report.rows[0].at == TopicPartition{"held", 1});
  CHECK(report.rows[0].lag == 5);
  CHECK(report.rows[1].at == TopicPartition{"wanted", 0});
  CHECK(report.rows[1].lag == 3);
  CHECK(report.errors.empty());
}

TEST_CASE("lag: read_committed counts to the last stable offset") {
  FakeAdmin admin;
  admin.topics["orders"] = {{.start = 0, .end = 100, .stable_end = 60}};
  admin.commit("app", "orders", 0, 50);
  CHECK(measure_all(admin, {"app"}).rows[0].lag == 50);
  const LagReport stable = measure_all(admin, {"app"}, Isolation::kReadCommitted);
  CHECK(stable.rows[0].log_end == 60);
  CHECK(stable.rows[0].lag == 10);
}

TEST_CASE("lag: a deleted topic and a broker out of reach leave the other rows alone") {
  FakeAdmin admin;
  const Error down(ErrorKind::kUnreachable, "broker 2 advertises h:1, which cannot be reached");
  admin.topics["orders"] = {{0, 10}, {.start = 0, .end = 10, .error = down}};
  admin.commit("app", "orders", 0, 4);
  admin.commit("app", "orders", 1, 4);
  admin.commit("app", "gone", 0, 1);
  const LagReport report = measure_all(admin, {"app"});
  REQUIRE(report.rows.size() == 3);
  CHECK(report.rows[0].error->error.kind() == ErrorKind::kNotFound);
  CHECK(report.rows[1].lag == 6);
  CHECK(report.rows[1].time_lag_ms);
  CHECK(report.rows[2].error->error.message() == down.message());
  CHECK_FALSE(report.rows[2].lag);
  CHECK_FALSE(report.rows[2].never_committed());
}

TEST_CASE("lag: when records cannot be read, the offsets are told and the times are not") {
  FakeAdmin admin;
  admin.topics["orders"] = {{0, 10}};
  admin.commit("app", "orders", 0, 4);
  admin.find_records_error = Error(ErrorKind::kNotAuthorized, "not authorized: READ");
  const LagReport report = measure_all(admin, {"app"});
  CHECK(report.rows[0].lag == 6);
  CHECK_FALSE(report.rows[0].time_lag_ms);
  REQUIRE(report.errors.size() == 1);
  CHECK(report.errors[0].message() == "not authorized: READ");
}
