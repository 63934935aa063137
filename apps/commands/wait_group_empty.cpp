#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/counted.hpp"
#include "cli/wait_until.hpp"

namespace kreel::commands {
namespace {

struct WaitGroupEmptyArgs {
  std::string group;
};

constexpr std::string_view kNoGroup = "no such group, so no members";

// That is what was waited for, or a name that was mistyped: the nearest one tells.
void warn_of_no_group(CommandContext& context, const std::string& group,
                      const std::vector<std::string>& known) {
  const auto near = nearest(group, known);
  context.warn(fmt::format("there is no group \"{}\"", group),
               near ? fmt::format("did you mean \"{}\"?", *near)
                    : "kreel groups list shows the groups there are");
}

Result<WaitStatus> look(AdminClient& admin, const std::string& group) {
  TRY_ASSIGN(const auto groups, admin.describe_groups({&group, 1}));
  const GroupDescription& found = groups.front();
  if (found.error) return fail(found.error->error);
  if (found.state == "Dead") return WaitStatus{true, std::string(kNoGroup)};
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
  std::vector<std::string> known;
  Wait wait(context, fmt::format("group \"{}\"", args.group));
  TRY_ASSIGN(const std::string state, wait.until([&](AdminClient& admin) {
    auto status = look(admin, args.group);
    if (!status || status->state != kNoGroup) return status;
    if (const auto groups = admin.list_groups({})) {
      for (const GroupListing& one : groups->groups) known.push_back(one.group);
    }
    return status;
  }));
  wait.tell(state);
  if (state == kNoGroup) warn_of_no_group(context, args.group, known);
  return ExitCode::kDone;
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
          "Until the last member has left or has timed out. A group that does not exist has none: "
          "exit code 0, with a warning that names the nearest one. "
          "Exit code 10 when --timeout is over; a broker that cannot be reached until then is 10 "
          "too.",
      .examples = {{"kreel wait group-empty billing --timeout 60s",
                    "Its consumers are being stopped"},
                   {"kreel wait group-empty billing --timeout 0s",
                    "Is anybody in it now? Exit 10 if so"}},
      .exits = {ExitCode::kAuthentication, ExitCode::kNotAuthorized, ExitCode::kConditionFalse},
      .see_also = {"groups members", "offsets reset"},
  });
}

}  // namespace kreel::commands
