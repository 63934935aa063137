#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct GroupsListArgs {
  std::vector<std::string> states;
};

Result<ExitCode> run(const GroupsListArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto listed, admin->list_groups({.states = args.states, .types = {}}));
  Output& output = context.output();
  TRY(output.begin("groups.list", {{"group"},
                                   {"state"},
                                   {"protocol_type"},
                                   {"type", Column::Show::kWide},
                                   {"coordinator_id", Column::Show::kWide}}));
  ItemErrors errors(output);
  for (const Error& error : listed.errors) errors.add(error);
  for (const GroupListing& group : listed.groups) {
    errors.succeeded();
    output.row({group.group, group.state, group.protocol_type, group.type,
                std::int64_t{group.coordinator_id}});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command groups_list() {
  return command<GroupsListArgs>({
      .name = "groups list",
      .summary = "List consumer groups",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options = {option("--state", &GroupsListArgs::states)
                      .choices(
                          {"empty", "stable", "preparingrebalance", "completingrebalance", "dead"})
                      .help("Only groups in this state; again for more")},
      .examples = {{"kreel groups list", "All"},
                   {"kreel groups list --state empty", "Groups whose offsets can be changed"}},
      .exits = {ExitCode::kUnreachable},
      .see_also = {"groups describe", "groups lag"},
  });
}

}  // namespace kreel::commands
