#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/groups.hpp"

namespace kreel::commands {
namespace {

struct GroupsDeleteArgs {
  std::vector<std::string> groups;
};

Result<ExitCode> run(const GroupsDeleteArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto names, wanted_groups(*admin, args.groups, nullptr, AclOperation::kDelete));
  if (context.dry_run()) {
    context.note(fmt::format("would delete: {}", fmt::join(names, ", ")));
    return ExitCode::kDone;
  }
  Output& output = context.output();
  TRY(output.begin("groups.delete", {{"group"}, {"result"}}));
  TRY(context.confirm(
      {.what = fmt::format("delete the committed offsets of {}", fmt::join(names, ", "))}));
  TRY_ASSIGN(const auto results, admin->delete_groups(names));
  return print_deleted(output, results);
}

}  // namespace

Command groups_delete() {
  return command<GroupsDeleteArgs>({
      .name = "groups delete",
      .summary = "Delete consumer groups with their committed offsets",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = {argument("GROUP...", &GroupsDeleteArgs::groups).kind(ValueKind::kGroup)},
      .details = "A group with members is not deleted.",
      .examples = {{"kreel groups delete payments", "Asks first"},
                   {"kreel groups delete 'test-*' --yes", "In a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused},
      .see_also = {"groups list"},
  });
}

}  // namespace kreel::commands
