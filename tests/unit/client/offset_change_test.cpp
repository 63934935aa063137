// Destinations other than positions, many groups at once, and how many requests that takes.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "kreel/offset_plan.hpp"
#include "unit/client/fake_admin.hpp"

using namespace kreel;
using kreel::test::FakeAdmin;

namespace {

/// orders has two partitions, 100..250 and 0..50; "app" has committed 200 and 10 there, "blue" 120
/// in partition 0, and 2 in payments, which is 0..5.
FakeAdmin cluster() {
  FakeAdmin admin;
  admin.topics["orders"] = {{100, 250}, {0, 50}};
  admin.topics["payments"] = {{0, 5}};
  admin.commit("app", "orders", 0, 200, "kept");
  admin.commit("app", "orders", 1, 10);
  admin.commit("blue", "orders", 0, 120);
  admin.commit("blue", "payments", 0, 2);
  return admin;
}

template <class Destination>
OffsetChangeRequest request_for(std::vector<std::string> groups, Destination to) {
  OffsetChangeRequest request;
  request.groups = std::move(groups);
  request.to = std::move(to);
  request.now_ms = 2'000'000;
  return request;
}

Position start() {
  return {Position::Anchor::kStart, 0, 0};
}
Position end() {
  return {Position::Anchor::kEnd, 0, 0};
}

OffsetPlan plan_of(FakeAdmin& admin, const OffsetChangeRequest& request) {
  auto plan = plan_offset_change(admin, request);
  REQUIRE_MESSAGE(plan, (plan ? "" : plan.error().message()));
  return std::move(*plan);
}

std::vector<std::string> rows_of(const OffsetPlan& plan) {
  std::vector<std::string> rows;
  for (const OffsetPlanRow& row : plan.rows) {
    rows.push_back(fmt::format("{} {} {}", row.group, row.at.to_string(),
                               row.target ? std::to_string(*row.target) : "none"));
  }
  return rows;
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("offset change: many groups are one plan, and each gets one commit") {
  FakeAdmin admin = cluster();
  const auto plan = plan_of(admin, request_for({"app", "blue"}, start()));
  CHECK(rows_of(plan) == Rows{"app orders[0] 100", "app orders[1] 0", "blue orders[0] 100",
                              "blue orders[1] 0", "blue payments[0] 0"});
  CHECK(plan.groups() == Rows{"app", "blue"});
  CHECK(plan.replays_at_most == 100 + 10 + 20 + 2);
  const auto results = apply_offset_plan(admin, plan);
  REQUIRE(results);
  CHECK(results->size() == 5);
  CHECK(admin.committed.size() == 2);
}

TEST_CASE("offset change: a thousand partitions of ten groups take a fixed number of calls") {
  FakeAdmin admin;
  admin.topics["wide"] = std::vector<FakeAdmin::Log>(1'000, {0, 100});
  std::vector<std::string> groups;
  for (int group = 0; group < 10; ++group) {
    groups.push_back(fmt::format("g{}", group));
    for (std::int32_t i = 0; i < 1'000; ++i) admin.commit(groups.back(), "wide", i, 50);
  }
  auto request = request_for(groups, Position{Position::Anchor::kTime, 1'010'000, 0});
  const auto plan = plan_of(admin, request);
  CHECK(plan.rows.size() == 10'000);
  CHECK(admin.calls_to_describe_groups == 1);
  CHECK(admin.calls_to_describe_topics == 1);
  CHECK(admin.calls_to_fetch_offsets == 1);
  CHECK(admin.calls_to_list_offsets == 1);
  CHECK(admin.calls_to_find_records == 1);
  REQUIRE(apply_offset_plan(admin, plan));
  CHECK(admin.calls_to_describe_groups == 2);
  CHECK(admin.calls_to_fetch_offsets == 3);  // compared before, read back after
  CHECK(admin.calls_to_list_offsets == 1);
  CHECK(admin.committed.size() == 10);
}

TEST_CASE("offset change: --to-group takes over what the other group has committed") {
  FakeAdmin admin = cluster();
  auto request = request_for({"app"}, SameAsGroup{"blue"});
  const auto plan = plan_of(admin, request);
  CHECK(rows_of(plan) == Rows{"app orders[0] 120", "app orders[1] 10"});
  CHECK(plan.rows[1].note == "\"blue\" has committed nothing");
  CHECK(plan.left_out == Rows{"group \"app\" has committed nothing in topic \"payments\""});

  request.allow_new_topics = true;
  CHECK(rows_of(plan_of(admin, request)) ==
        Rows{"app orders[0] 120", "app orders[1] 10", "app payments[0] 2"});
}

TEST_CASE("offset change: a new group needs to be allowed, and the other group must exist") {
  FakeAdmin admin = cluster();
  auto request = request_for({"green"}, SameAsGroup{"blue"});
  CHECK(plan_offset_change(admin, request).error().message() == "group \"green\" not found");
  request.allow_new_topics = true;
  CHECK(rows_of(plan_of(admin, request)) == Rows{"green orders[0] 120", "green payments[0] 2"});
  request.to = SameAsGroup{"bleu"};
  CHECK(plan_offset_change(admin, request).error().message() == "group \"bleu\" not found");
}

TEST_CASE("offset change: without a commit, what is before the target is skipped") {
  FakeAdmin admin = cluster();
  const auto plan = plan_of(admin, request_for({"blue"}, end()));
  // orders[0] from 120, orders[1] from its log start, payments from 2.
  CHECK(plan.skips_at_most == 130 + 50 + 3);
  CHECK(plan.replays_at_most == 0);
}

TEST_CASE("offset change: records that are gone already count neither as skipped nor as replayed") {
  FakeAdmin admin = cluster();
  admin.commit("app", "orders", 0, 40);
  auto request = request_for({"app"}, Position{Position::Anchor::kOffset, 150, 0});
  request.scope = {{"orders", {0}}};
  const auto ahead = plan_of(admin, request);
  CHECK(ahead.rows[0].delta() == 110);
  CHECK(ahead.skips_at_most == 50);

  admin.commit("app", "orders", 0, 900);
  const auto back = plan_of(admin, request);
  CHECK(back.rows[0].delta() == -750);
  CHECK(back.replays_at_most == 100);
}

TEST_CASE("offset change: offsets from a file go to their groups, in range and in known topics") {
  FakeAdmin admin = cluster();
  GivenOffsets given{{{"app", {"orders", 0}, 130, -1, std::nullopt},
                      {"app", {"orders", 1}, 20, 7, "new"},
                      {"blue", {"orders", 0}, 101, -1, std::nullopt}}};
  const auto plan = plan_of(admin, request_for({"app"}, given));
  CHECK(rows_of(plan) == Rows{"app orders[0] 130", "app orders[1] 20"});
  CHECK(plan.rows[0].target_metadata == "kept");
  CHECK(plan.rows[1].target_metadata == "new");
  CHECK(plan.rows[1].target_leader_epoch == -1);

  given.offsets[0].offset = 99;
  auto request = request_for({"app"}, given);
  CHECK(plan_offset_change(admin, request).error().message() ==
        "orders[0]: offset 99 is outside 100..250");
  request.clamp = true;
  CHECK(rows_of(plan_of(admin, request))[0] == "app orders[0] 100");

  request.to = GivenOffsets{{{"app", {"payments", 0}, 1, -1, std::nullopt}}};
  CHECK(plan_offset_change(admin, request).error().message() ==
        "group \"app\" has committed nothing in topic \"payments\"");
  request.to = GivenOffsets{{{"app", {"oders", 0}, 1, -1, std::nullopt}}};
  CHECK(plan_offset_change(admin, request).error().hint() == "did you mean \"orders\"?");
  request.to = GivenOffsets{{{"app", {"orders", 2}, 1, -1, std::nullopt}}};
  CHECK(plan_offset_change(admin, request).error().message() ==
        "orders[2]: the topic has 2 partitions");
}

TEST_CASE("offset change: a group that has moved since its plan was saved is named") {
  FakeAdmin admin = cluster();
  const auto before = plan_of(admin, request_for({"app"}, Position{}));
  const std::int64_t committed = *before.rows[0].committed;
  GivenOffsets saved{.offsets = {{"app", {"orders", 0}, 130}, {"app", {"orders", 1}, 20}},
                     .planned_from = {{"app", {"orders", 0}, committed - 3},
                                      {"app", {"orders", 1}, std::nullopt}}};
  const auto moved = plan_of(admin, request_for({"app"}, saved));
  REQUIRE(moved.moved.size() == 1);
  CHECK(moved.moved[0].first == "app");
  CHECK(moved.moved[0].second.kind() == ErrorKind::kRefused);
  CHECK(moved.moved[0].second.message() ==
        fmt::format("orders[0]: group \"app\" has moved from {} to {} since the plan; nothing was "
                    "changed",
                    committed - 3, committed));
  CHECK(moved.rows[0].note == fmt::format("was {} when this was planned", committed - 3));
  CHECK(moved.rows[1].note == "was none when this was planned");

  // Carried out already, by a run that stopped half way, say.
  saved.offsets[0].offset = committed;
  saved.planned_from[1].offset = moved.rows[1].committed;
  CHECK(plan_of(admin, request_for({"app"}, saved)).moved.empty());
}

TEST_CASE("offset change: an undo restores offset, leader epoch, metadata, and none") {
  FakeAdmin admin = cluster();
  const RestoredOffsets before{{{{"app", {"orders", 0}, 40, 5, "old"}, 200},
                                {{"app", {"orders", 1}, std::nullopt, -1, ""}, 10},
                                {{"app", {"gone", 0}, 1, -1, ""}, 2}}};
  const auto plan = plan_of(admin, request_for({"app"}, before));
  CHECK(rows_of(plan) == Rows{"app orders[0] 40", "app orders[1] none"});
  CHECK(plan.rows[0].note == "40 is outside 100..250");
  CHECK(plan.left_out == Rows{"gone[0] cannot be restored: topic \"gone\" not found"});
  REQUIRE(apply_offset_plan(admin, plan));
  REQUIRE(admin.committed.size() == 1);
  CHECK(admin.committed[0].size() == 1);
  CHECK(admin.committed[0][0].offset == 40);
  CHECK(admin.committed[0][0].leader_epoch == 5);
  CHECK(admin.committed[0][0].metadata == "old");
  CHECK(admin.deleted == std::vector<std::vector<TopicPartition>>{{{"orders", 1}}});
  CHECK_FALSE(plan_of(admin, request_for({"app"}, before)).changes_anything());
}

TEST_CASE("offset change: an undo says where the group has gone on since the change") {
  FakeAdmin admin = cluster();
  const RestoredOffsets before{{{{"app", {"orders", 0}, 150, 3, ""}, 120}}};
  CHECK(plan_of(admin, request_for({"app"}, before)).rows[0].note == "has moved since the change");
}

TEST_CASE("offset change: a deletion may replay or skip, and leaves other partitions alone") {
  FakeAdmin admin = cluster();
  auto request = request_for({"app"}, NoOffsets{});
  request.scope = {{"orders", {0}}};
  const auto plan = plan_of(admin, request);
  CHECK(rows_of(plan) == Rows{"app orders[0] none"});
  CHECK(plan.rows[0].deletes());
  CHECK(plan.replays_at_most == 100);
  CHECK(plan.skips_at_most == 50);
  const auto results = apply_offset_plan(admin, plan);
  REQUIRE(results);
  CHECK_FALSE((*results)[0].error);
  CHECK(admin.committed.empty());
  CHECK(admin.groups["app"].commits.size() == 1);
}

TEST_CASE("offset change: a deleted topic does not hold up the others") {
  FakeAdmin admin = cluster();
  admin.topics.erase("payments");
  const auto plan = plan_of(admin, request_for({"blue"}, start()));
  CHECK(rows_of(plan) == Rows{"blue orders[0] 100", "blue orders[1] 0"});
  CHECK(plan.left_out == Rows{"topic \"payments\" of group \"blue\" does not exist any more"});
}

TEST_CASE("offset change: a named topic passes over those of many groups that know nothing of it") {
  FakeAdmin admin = cluster();
  auto request = request_for({"app", "blue"}, start());
  request.scope = {{"payments", {}}};
  const auto plan = plan_of(admin, request);
  CHECK(rows_of(plan) == Rows{"blue payments[0] 0"});
  CHECK(plan.left_out.size() == 1);
}

TEST_CASE("offset change: a commit that only changes its metadata counts as moved") {
  FakeAdmin admin = cluster();
  const auto plan = plan_of(admin, request_for({"app"}, start()));
  admin.commit("app", "orders", 1, 10, "other");
  const auto results = apply_offset_plan(admin, plan);
  REQUIRE_FALSE(results);
  CHECK(results.error().message() ==
        "orders[1]: group \"app\" has committed again since the plan; nothing was changed");
}

TEST_CASE("offset change: a partition that is named twice is one row") {
  FakeAdmin admin = cluster();
  auto request = request_for({"app"}, start());
  request.scope = {{"orders", {}}, {"orders", {0}}, {"orders", {0, 1}}};
  CHECK(rows_of(plan_of(admin, request)) == Rows{"app orders[0] 100", "app orders[1] 0"});
}
