#include <fmt/format.h>

#include "cli/counted.hpp"
#include "cli/wait_until.hpp"

namespace kreel::commands {
namespace {

struct WaitGroupEmptyArgs {
  std::string group;
};

Result<WaitStatus> look(AdminClient& admin, const std::string& group) {
  TRY_ASSIGN(const auto groups, admin.describe_groups({&group, 1}));
  const GroupDescription& found = groups.front();
  if (found.error) return fail(found.error->error);
  if (found.state == "Dead") return WaitStatus{true, "no such group, so no members"};
  const auto count = static_cast<std::int64_t>(found.members.size());
  if (count == 0 && found.state == "Empty") return WaitStatus{true, "no members"};
  std::string state = fmt::format("{} with {}", found.state, counted(count, "member"));
  if (count > 0) {
    const GroupMember& member = found.members.front();
    std::string_view host = member.client_host;
    if (host.starts_with('/')) host.remove_prefix(1);
    state += fmt::format(" ({}, {})", member.client_id, host);
  }
  return WaitStatus{false, std::move(state)};
}

Result<ExitCode> run(const WaitGroupEmptyArgs& args, CommandContext& context) {
  return wait_until(context, fmt::format("group \"{}\"", args.group),
                    [&](AdminClient& admin) { return look(admin, args.group); });
}

}  // namespace

Command wait_group_empty() {
  return command<WaitGroupEmptyArgs>({
      .name = "wait group-empty",
      .summary = "Wait until a consumer group has no members",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker,
      .options = {argument("GROUP", &WaitGroupEmptyArgs::group).kind(ValueKind::kGroup)},
      .details =
          "Until the last member has left or has timed out; a group that does not exist has none. "
          "Exit code 10 when --timeout is over; a broker that cannot be reached until then is 10 "
          "too.",
      .examples = {{"kreel wait group-empty billing --timeout 60s",
                    "Its consumers are being stopped"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotAuthorized, ExitCode::kConditionFalse},
      .see_also = {"groups members", "offsets reset"},
  });
}

}  // namespace kreel::commands
