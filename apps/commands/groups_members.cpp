#include <map>

#include <fmt/format.h>

#include "cli/admin.hpp"
#include "cli/groups.hpp"

namespace kreel::commands {
namespace {

struct GroupsMembersArgs {
  std::vector<std::string> groups;
};

// "orders:0,1 users:3", for people.
std::string assignment_text(const GroupMember& member) {
  std::map<std::string, std::vector<std::int32_t>> by_topic;
  for (const TopicPartition& at : member.assignment) by_topic[at.topic].push_back(at.partition);
  std::string text;
  for (const auto& [topic, partitions] : by_topic) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{}:{}", topic, fmt::join(partitions, ","));
  }
  return text;
}

// The same for programs.
Value assignment_json(const GroupMember& member) {
  std::map<std::string, Value::Array> by_topic;
  for (const TopicPartition& at : member.assignment) {
    by_topic[at.topic].emplace_back(std::int64_t{at.partition});
  }
  Value::Array topics;
  for (auto& [topic, partitions] : by_topic) {
    topics.emplace_back(Value::Object{{"topic", topic}, {"partitions", std::move(partitions)}});
  }
  return topics;
}

Result<ExitCode> run(const GroupsMembersArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const auto names, wanted_groups(*admin, args.groups));
  TRY_ASSIGN(const auto groups, admin->describe_groups(names));
  Output& output = context.output();
  TRY(output.begin("groups.members", {{"group"},
                                      {"member_id"},
                                      {"group_instance_id", Column::Show::kWide},
                                      {"client_id"},
                                      {"client_host"},
                                      {"partition_count"},
                                      {"assignment"}}));
  ItemErrors errors(output);
  for (const GroupDescription& group : groups) {
    if (group.error) {
      errors.add(group.error->error);
      continue;
    }
    errors.succeeded();
    for (const GroupMember& member : group.members) {
      output.row({group.group, member.member_id, member.group_instance_id, member.client_id,
                  member.client_host, static_cast<std::int64_t>(member.assignment.size()),
                  output.is_json() ? assignment_json(member) : Value(assignment_text(member))});
    }
  }
  output.end();
  return errors.exit();
}

}  // namespace

Command groups_members() {
  return command<GroupsMembersArgs>({
      .name = "groups members",
      .summary = "Show the members of consumer groups and their partitions",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint,
      .options =
          {argument("GROUP...", &GroupsMembersArgs::groups).kind(ValueKind::kGroup).optional()},
      .examples = {{"kreel groups members payments", "Who reads what"},
                   {"kreel groups members -o wide", "All groups, with static members' names"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound},
      .see_also = {"groups describe"},
  });
}

}  // namespace kreel::commands
