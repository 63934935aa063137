#include <kreel/client_config.hpp>

#include "cli/admin.hpp"
#include "cli/groups.hpp"

namespace kreel::commands {
namespace {

struct GroupsDescribeArgs {
  std::vector<std::string> groups;
};

Value members_json(const GroupDescription& group) {
  Value::Array members;
  for (const GroupMember& member : group.members) {
    Value::Array assignment;
    for (const TopicPartition& at : member.assignment) {
      assignment.emplace_back(
          Value::Object{{"topic", at.topic}, {"partition", std::int64_t{at.partition}}});
    }
    members.emplace_back(Value::Object{{"member_id", member.member_id},
                                       {"group_instance_id", member.group_instance_id},
                                       {"client_id", member.client_id},
                                       {"client_host", member.client_host},
                                       {"assignment", std::move(assignment)}});
  }
  return members;
}

Result<ExitCode> run(const GroupsDescribeArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto names, wanted_groups(*admin, args.groups));
  TRY_ASSIGN(const auto groups, admin->describe_groups(names));
  Output& output = context.output();
  TRY(output.begin("groups.describe", {{"group"},
                                       {"state"},
                                       {"protocol_type", Column::Show::kWide},
                                       {"protocol"},
                                       {"member_count"},
                                       {"coordinator"},
                                       {"members", Column::Show::kJsonOnly}}));
  ItemErrors errors(output);
  for (const GroupDescription& group : groups) {
    if (group.error) {
      errors.add(group.error->error);
      continue;
    }
    errors.succeeded();
    const Value coordinator =
        group.coordinator ? Value(Endpoint{group.coordinator->host,
                                           static_cast<std::uint16_t>(group.coordinator->port)}
                                      .to_string())
                          : Value();
    output.row({group.group, group.state, group.protocol_type, group.protocol,
                static_cast<std::int64_t>(group.members.size()), coordinator, members_json(group)});
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command groups_describe() {
  return command<GroupsDescribeArgs>({
      .name = "groups describe",
      .summary = "Show the state of consumer groups",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options =
          {argument("GROUP...", &GroupsDescribeArgs::groups).kind(ValueKind::kGroup).optional()},
      .details =
          "Without GROUP all groups are shown; * and ? in a name match several. With -o json "
          "each group carries its members and what is assigned to them.",
      .examples = {{"kreel groups describe payments", "One group"},
                   {"kreel groups describe 'payments-*' -o json", "Several, with members"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"groups members", "groups lag"},
  });
}

}  // namespace kreel::commands
