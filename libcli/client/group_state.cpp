#include "client/group_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/text.hpp"
#include "client/deadline.hpp"
#include "client/error_text.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel::client {
namespace {

constexpr std::size_t kMembersNamed = 3;
constexpr std::string_view kHowToEmpty =
    "stop the members first, or wait for them: --wait-empty 60s";
constexpr std::int64_t kFirstLookMs = 50;
constexpr std::int64_t kLongestLookMs = 500;

/// "consumer-1-4f2a (app-1, 10.0.0.7)".
std::string member_text(const GroupMember& member) {
  std::string_view host = member.client_host;
  if (host.starts_with('/')) host.remove_prefix(1);
  return fmt::format("{} ({}, {})", escape_control(member.member_id),
                     escape_control(member.client_id), escape_control(host));
}

Error has_members(const GroupDescription& group) {
  std::string members;
  for (std::size_t i = 0; i < group.members.size() && i < kMembersNamed; ++i) {
    members += i == 0 ? "" : ", ";
    members += member_text(group.members[i]);
  }
  if (group.members.size() > kMembersNamed) {
    members += fmt::format(" and {} more", group.members.size() - kMembersNamed);
  }
  return Error(
      ErrorKind::kRefused,
      fmt::format("group \"{}\" is {} with {} member{}: {}", escape_control(group.group),
                  group.state, group.members.size(), group.members.size() == 1 ? "" : "s", members),
      std::string(kHowToEmpty));
}

}  // namespace

Result<std::vector<GroupDescription>> describe_each(AdminClient& admin,
                                                    std::span<const std::string> groups) {
  TRY_ASSIGN(auto described, admin.describe_groups(groups));
  for (const GroupDescription& group : described) {
    if (group.error) return fail(group.error->error);
  }
  return described;
}

std::optional<Error> refusal_of(const GroupDescription& group) {
  if (!group.members.empty()) return has_members(group);
  if (group.state == "Empty" || group.state == "Dead") return std::nullopt;
  return Error(ErrorKind::kRefused,
               fmt::format("group \"{}\" is {}: its members are joining",
                           escape_control(group.group), group.state),
               std::string(kHowToEmpty));
}

Result<void> check_no_members(AdminClient& admin, std::span<const std::string> groups) {
  TRY_ASSIGN(const auto described, describe_each(admin, groups));
  for (const GroupDescription& group : described) {
    if (auto refusal = refusal_of(group)) return fail(std::move(*refusal));
  }
  return {};
}

Error group_not_found(AdminClient& admin, const std::string& group) {
  std::vector<std::string> known;
  if (const auto listed = admin.list_groups({})) {
    for (const GroupListing& one : listed->groups) known.push_back(one.group);
  }
  return not_found("group", group, known);
}

}  // namespace kreel::client

namespace kreel {

Result<void> check_group_has_no_members(AdminClient& admin, const std::string& group) {
  return client::check_no_members(admin, std::span(&group, 1));
}

Result<void> wait_until_no_members(AdminClient& admin, std::span<const std::string> groups,
                                   std::chrono::milliseconds limit) {
  const auto deadline = client::Deadline::in_ms(limit.count());
  for (std::int64_t pause_ms = client::kFirstLookMs;;
       pause_ms = std::min(pause_ms * 2, client::kLongestLookMs)) {
    auto empty = client::check_no_members(admin, groups);
    if (empty || empty.error().kind() != ErrorKind::kRefused || deadline.passed()) return empty;
    const std::int64_t rest_ms = std::min(pause_ms, deadline.remaining_ms());
    std::this_thread::sleep_for(std::chrono::milliseconds(rest_ms));
  }
}

}  // namespace kreel
