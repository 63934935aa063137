#include "client/group_state.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "client/error_text.hpp"
#include "kreel/offset_plan.hpp"

namespace kreel::client {
namespace {

constexpr std::size_t kMembersNamed = 3;

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
      "stop the members first, or wait for them: --wait-empty 60s");
}

}  // namespace

Result<GroupDescription> describe_idle_group(AdminClient& admin, const std::string& group) {
  TRY_ASSIGN(auto described, admin.describe_groups(std::span(&group, 1)));
  GroupDescription& one = described.front();
  if (one.error) return fail(one.error->error);
  if (!one.members.empty()) return fail(has_members(one));
  if (one.state != "Empty" && one.state != "Dead") {
    return fail(ErrorKind::kRefused,
                fmt::format("group \"{}\" is {}: its members are joining", escape_control(group),
                            one.state),
                "stop the members first, or wait for them: --wait-empty 60s");
  }
  return std::move(one);
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
  TRY(client::describe_idle_group(admin, group));
  return {};
}

}  // namespace kreel
