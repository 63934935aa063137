#include "kreel/offset_plan.hpp"

#include <doctest/doctest.h>

#include "unit/client/fake_admin.hpp"

using namespace kreel;
using kreel::test::FakeAdmin;

namespace {

constexpr std::int64_t kNowMs = 2'000'000;

GroupMember a_member(const std::string& id, const std::string& host) {
  GroupMember member;
  member.member_id = id;
  member.client_id = "billing";
  member.client_host = host;
  return member;
}

/// orders has two partitions, 100..250 and 0..50; group "app" has committed 200 and 10.
FakeAdmin cluster_to_plan_on() {
  FakeAdmin admin;
  admin.topics["orders"] = {{100, 250}, {0, 50}};
  admin.topics["payments"] = {{0, 5}};
  admin.commit("app", "orders", 0, 200, "kept");
  admin.commit("app", "orders", 1, 10);
  return admin;
}

OffsetChangeRequest reset_to(std::string_view position) {
  OffsetChangeRequest request;
  request.groups = {"app"};
  request.now_ms = kNowMs;
  const auto parsed = parse_position(position, {.now_ms = kNowMs, .zone = "UTC"});
  REQUIRE(parsed);
  request.to = *parsed;
  return request;
}

OffsetChangeRequest rewind_by(std::string_view by) {
  OffsetChangeRequest request;
  request.groups = {"app"};
  request.now_ms = kNowMs;
  request.only_back = true;
  const auto parsed = parse_rewind_by(by);
  REQUIRE(parsed);
  request.to = *parsed;
  return request;
}

std::vector<std::optional<std::int64_t>> targets(const OffsetPlan& plan) {
  std::vector<std::optional<std::int64_t>> all;
  for (const OffsetPlanRow& row : plan.rows) all.push_back(row.target);
  return all;
}

Error plan_error(FakeAdmin& admin, const OffsetChangeRequest& request) {
  const auto plan = plan_offset_change(admin, request);
  REQUIRE_FALSE(plan);
  return plan.error();
}

using Targets = std::vector<std::optional<std::int64_t>>;

}  // namespace

TEST_CASE("offset plan: start, end and committed resolve per partition, with their deltas") {
  FakeAdmin admin = cluster_to_plan_on();
  const struct {
    std::string_view position;
    Targets targets;
  } cases[] = {
      {"start", {100, 0}},         {"end", {250, 50}},       {"start+5", {105, 5}},
      {"end-20", {230, 30}},       {"committed", {200, 10}}, {"committed-10", {190, 0}},
      {"committed+40", {240, 50}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.position);
    const auto plan = plan_offset_change(admin, reset_to(one.position));
    REQUIRE(plan);
    CHECK(targets(*plan) == one.targets);
  }
}

TEST_CASE("offset plan: totals count what is replayed and what is skipped, and the oldest time") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("150");
  request.scope = {{"orders", {0}}};
  const auto back = plan_offset_change(admin, request);
  REQUIRE(back);
  CHECK(back->replays_at_most == 50);
  CHECK(back->skips_at_most == 0);
  CHECK(back->oldest_replayed_ms == admin.topics["orders"][0].time_of(150));
  CHECK(back->rows[0].delta() == -50);
  CHECK(back->rows[0].lag_after() == 100);

  const auto ahead = plan_offset_change(admin, reset_to("end"));
  REQUIRE(ahead);
  CHECK(ahead->replays_at_most == 0);
  CHECK(ahead->skips_at_most == 50 + 40);
  CHECK_FALSE(ahead->oldest_replayed_ms);
}

TEST_CASE("offset plan: a time resolves to the first record not older, and late ones to the end") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("start");
  request.to = Position{Position::Anchor::kTime, 1'000'000 + 20'500, 0};
  const auto plan = plan_offset_change(admin, request);
  REQUIRE(plan);
  CHECK(targets(*plan) == Targets{121, 21});

  request.to = Position{Position::Anchor::kTime, 1'100'000, 0};
  const auto late = plan_offset_change(admin, request);
  REQUIRE(late);
  CHECK(targets(*late) == Targets{200, 50});
  CHECK(late->rows[1].note == "no record that late: the end");
  CHECK_FALSE(late->rows[1].oldest_replayed_ms);
}

TEST_CASE("offset plan: a time in the future is wrong usage") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("start");
  request.to = Position{Position::Anchor::kTime, 1'893'456'000'000, 0};
  const Error error = plan_error(admin, request);
  CHECK(error.kind() == ErrorKind::kUsage);
  CHECK(error.message() == "2030-01-01T00:00Z is in the future; this would skip everything");
}

TEST_CASE("offset plan: an explicit offset out of range is not found, or clamped with a note") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("99");
  request.scope = {{"orders", {0}}};
  const Error error = plan_error(admin, request);
  CHECK(error.kind() == ErrorKind::kNotFound);
  CHECK(error.message() == "orders[0]: offset 99 is outside 100..250");

  request.clamp = true;
  const auto clamped = plan_offset_change(admin, request);
  REQUIRE(clamped);
  CHECK(targets(*clamped) == Targets{100});
  CHECK(clamped->rows[0].note == "99 is outside 100..250");
}

TEST_CASE("offset plan: rewinding by records stops at the log start and says so") {
  FakeAdmin admin = cluster_to_plan_on();
  const auto plan = plan_offset_change(admin, rewind_by("40"));
  REQUIRE(plan);
  CHECK(targets(*plan) == Targets{160, 0});
  CHECK(plan->rows[0].note.empty());
  CHECK(plan->rows[0].oldest_replayed_ms == admin.topics["orders"][0].time_of(160));
  CHECK(plan->rows[1].note == "only 10 available");
  CHECK(plan->replays_at_most == 50);
}

TEST_CASE("offset plan: a rewind never moves ahead") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("end-25");
  request.only_back = true;
  const auto plan = plan_offset_change(admin, request);
  REQUIRE(plan);
  CHECK(targets(*plan) == Targets{200, 10});
  CHECK(plan->rows[0].note == "already further back");
  CHECK_FALSE(plan->changes_anything());
}

TEST_CASE("offset plan: a rewind by time leaves partitions that are already behind it") {
  FakeAdmin admin = cluster_to_plan_on();
  // Record 30 of either log is 970 s old.
  const auto plan = plan_offset_change(admin, rewind_by("970s"));
  REQUIRE(plan);
  CHECK(targets(*plan) == Targets{130, 10});
}

TEST_CASE("offset plan: a partition without a commit is reset, and not rewound") {
  FakeAdmin admin = cluster_to_plan_on();
  admin.groups["app"].commits.erase({"orders", 1});
  const auto reset = plan_offset_change(admin, reset_to("start"));
  REQUIRE(reset);
  CHECK(targets(*reset) == Targets{100, 0});
  CHECK_FALSE(reset->rows[1].delta());

  const auto rewound = plan_offset_change(admin, rewind_by("10"));
  REQUIRE(rewound);
  CHECK(targets(*rewound) == Targets{190, std::nullopt});
  CHECK(rewound->rows[1].note == "nothing committed");
}

TEST_CASE("offset plan: an active group is planned, and refused with member, client id and host") {
  FakeAdmin admin = cluster_to_plan_on();
  admin.groups["app"].state = "Stable";
  admin.groups["app"].members = {a_member("m-1", "/10.0.0.7"), a_member("m-2", "/10.0.0.8")};
  const auto plan = plan_offset_change(admin, reset_to("start"));
  REQUIRE(plan);
  CHECK(targets(*plan) == Targets{100, 0});
  REQUIRE(plan->refusals.size() == 1);
  const auto& [group, error] = plan->refusals[0];
  CHECK(group == "app");
  CHECK(error.kind() == ErrorKind::kRefused);
  CHECK(error.message() ==
        "group \"app\" is Stable with 2 members: m-1 (billing, 10.0.0.7), m-2 (billing, "
        "10.0.0.8)");
  CHECK(error.hint().find("--wait-empty") != std::string::npos);
  CHECK_FALSE(apply_offset_plan(admin, *plan));
  CHECK(admin.committed.empty());
}

TEST_CASE("offset plan: a group whose members are still joining is refused") {
  FakeAdmin admin = cluster_to_plan_on();
  admin.groups["app"].state = "PreparingRebalance";
  const auto plan = plan_offset_change(admin, reset_to("start"));
  REQUIRE(plan);
  CHECK(plan->refusals.size() == 1);
}

TEST_CASE("offset plan: waiting for members ends with the refusal that would have come") {
  FakeAdmin admin = cluster_to_plan_on();
  const std::vector<std::string> groups{"app"};
  CHECK(wait_until_no_members(admin, groups, std::chrono::hours(1)));
  admin.groups["app"].state = "Stable";
  admin.groups["app"].members = {a_member("m-1", "/10.0.0.7")};
  const auto waited = wait_until_no_members(admin, groups, std::chrono::milliseconds(60));
  REQUIRE_FALSE(waited);
  CHECK(waited.error().message() ==
        "group \"app\" is Stable with 1 member: m-1 (billing, 10.0.0.7)");
  CHECK(admin.calls_to_describe_groups >= 3);
}

TEST_CASE("offset plan: unknown groups, topics and partitions are not found, with the nearest") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("start");
  request.groups = {"apq"};
  Error error = plan_error(admin, request);
  CHECK(error.message() == "group \"apq\" not found");
  CHECK(error.hint() == "did you mean \"app\"?");

  request = reset_to("start");
  request.scope = {{"oders", {}}};
  error = plan_error(admin, request);
  CHECK(error.message() == "topic \"oders\" not found");
  CHECK(error.hint() == "did you mean \"orders\"?");

  request.scope = {{"orders", {7}}};
  CHECK(plan_error(admin, request).message() == "orders[7]: the topic has 2 partitions");
}

TEST_CASE("offset plan: topics that the group has not committed need to be allowed") {
  FakeAdmin admin = cluster_to_plan_on();
  auto request = reset_to("start");
  request.scope = {{"payments", {}}};
  CHECK(plan_error(admin, request).kind() == ErrorKind::kNotFound);
  request.allow_new_topics = true;
  const auto plan = plan_offset_change(admin, request);
  REQUIRE(plan);
  CHECK(targets(*plan) == Targets{0});
}

TEST_CASE("offset plan: applying commits the changed rows once, keeps metadata, and reads back") {
  FakeAdmin admin = cluster_to_plan_on();
  const auto plan = plan_offset_change(admin, rewind_by("40"));
  REQUIRE(plan);
  const auto results = apply_offset_plan(admin, *plan);
  REQUIRE(results);
  REQUIRE(results->size() == 2);
  CHECK((*results)[0].before == 200);
  CHECK((*results)[0].after == 160);
  CHECK_FALSE((*results)[0].error);
  REQUIRE(admin.committed.size() == 1);
  CHECK(admin.committed[0][0].metadata == "kept");
  CHECK(admin.committed[0][0].leader_epoch == -1);
}

TEST_CASE("offset plan: nothing is written when a commit has moved since the plan") {
  FakeAdmin admin = cluster_to_plan_on();
  const auto plan = plan_offset_change(admin, reset_to("start"));
  REQUIRE(plan);
  admin.commit("app", "orders", 1, 11);
  const auto results = apply_offset_plan(admin, *plan);
  REQUIRE_FALSE(results);
  CHECK(results.error().kind() == ErrorKind::kRefused);
  CHECK(results.error().message() ==
        "orders[1]: group \"app\" has moved from 10 to 11 since the plan; nothing was changed");
  CHECK(admin.committed.empty());
}

TEST_CASE("offset plan: nothing is written when a member has joined since the plan") {
  FakeAdmin admin = cluster_to_plan_on();
  const auto plan = plan_offset_change(admin, reset_to("start"));
  REQUIRE(plan);
  admin.groups["app"].state = "Stable";
  admin.groups["app"].members = {a_member("m-1", "/10.0.0.7")};
  CHECK_FALSE(apply_offset_plan(admin, *plan));
  CHECK(admin.committed.empty());
}

TEST_CASE("offset plan: a partition that fails is told in its row alone") {
  FakeAdmin admin = cluster_to_plan_on();
  admin.commit_errors.emplace(TopicPartition{"orders", 1},
                              Error(ErrorKind::kNotAuthorized, "not authorized"));
  const auto plan = plan_offset_change(admin, reset_to("start"));
  REQUIRE(plan);
  const auto results = apply_offset_plan(admin, *plan);
  REQUIRE(results);
  CHECK_FALSE((*results)[0].error);
  REQUIRE((*results)[1].error);
  CHECK((*results)[1].error->error.kind() == ErrorKind::kNotAuthorized);
  CHECK((*results)[1].after == 10);
}

TEST_CASE("offset plan: what a broker that died took along is not known to have failed") {
  FakeAdmin admin = cluster_to_plan_on();
  admin.dies_at_commit = true;
  const auto plan = plan_offset_change(admin, reset_to("start"));
  REQUIRE(plan);
  const auto results = apply_offset_plan(admin, *plan);
  REQUIRE(results);
  REQUIRE(results->size() == 2);
  for (const OffsetChangeResult& result : *results) {
    CHECK(result.is_unknown);
    REQUIRE(result.error);
    CHECK(result.error->error.message() == "closed");
    CHECK_FALSE(result.after);
  }
}

TEST_CASE("offset plan: behind a coordinator that is silent no further group is tried") {
  FakeAdmin admin = cluster_to_plan_on();
  for (int partition = 0; partition < 2; ++partition) admin.commit("app-2", "orders", partition, 5);
  admin.falls_silent_at_commit = true;
  auto request = reset_to("start");
  request.groups = {"app", "app-2"};
  const auto plan = plan_offset_change(admin, request);
  REQUIRE(plan);
  const auto results = apply_offset_plan(admin, *plan);
  REQUIRE(results);
  CHECK(admin.committed.size() == 1);
  REQUIRE(results->size() == 4);
  for (const OffsetChangeResult& result : *results) {
    REQUIRE(result.error);
    CHECK(result.is_unknown == (result.group == "app"));
    CHECK(result.error->error.message() ==
          (result.group == "app" ? "no answer in 10s" : "not tried: no answer in 10s"));
  }
}
