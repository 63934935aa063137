#include <fmt/core.h>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct TopicsAlterArgs {
  std::string name;
  std::optional<std::int32_t> partitions;
  std::vector<KeyValue> set;
  std::vector<std::string> unset;
};

Result<void> check(const TopicsAlterArgs& args) {
  if (args.partitions || !args.set.empty() || !args.unset.empty()) return {};
  return fail(ErrorKind::kUsage, "nothing to change",
              "--partitions N, --set KEY=VALUE or --unset KEY");
}

std::vector<ConfigChange> config_changes(const TopicsAlterArgs& args) {
  std::vector<ConfigChange> changes;
  for (const KeyValue& item : args.set) {
    changes.push_back({.name = item.key, .operation = ConfigOperation::kSet, .value = item.value});
  }
  for (const std::string& name : args.unset) {
    changes.push_back({.name = name, .operation = ConfigOperation::kDelete, .value = {}});
  }
  return changes;
}

Result<void> alter_configs(AdminClient& admin, const TopicsAlterArgs& args, bool validate_only) {
  const std::vector<ConfigChange> changes = config_changes(args);
  if (changes.empty()) return {};
  const ResourceChanges resource{
      .resource = {.type = ConfigResourceType::kTopic, .name = args.name}, .changes = changes};
  TRY_ASSIGN(const auto results,
             admin.alter_configs({&resource, 1}, {.validate_only = validate_only}));
  if (results.front().error) return fail(results.front().error->error);
  return {};
}

Result<void> add_partitions(AdminClient& admin, const TopicsAlterArgs& args, bool validate_only) {
  if (!args.partitions) return {};
  const NewPartitionCount count{.topic = args.name, .total = *args.partitions, .assignments = {}};
  TRY_ASSIGN(const auto results,
             admin.create_partitions({&count, 1}, {.validate_only = validate_only}));
  if (results.front().error) return fail(results.front().error->error);
  return {};
}

Result<ExitCode> run(const TopicsAlterArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY(require_topics(*admin, std::span(&args.name, 1),
                     args.partitions ? AclOperation::kAlter : AclOperation::kAlterConfigs));
  // Both are checked before either is made.
  TRY(alter_configs(*admin, args, true));
  TRY(add_partitions(*admin, args, true));
  if (context.dry_run()) {
    context.note(fmt::format("topic \"{}\" would be changed", args.name));
    return ExitCode::kDone;
  }
  TRY(alter_configs(*admin, args, false));
  TRY(add_partitions(*admin, args, false));
  context.note(fmt::format("topic \"{}\" changed", args.name));
  return ExitCode::kDone;
}

}  // namespace

Command topics_alter() {
  return command<TopicsAlterArgs>({
      .name = "topics alter",
      .summary = "Add partitions to a topic, change its settings",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kChange | kUnasked,
      .options = {argument("NAME", &TopicsAlterArgs::name).kind(ValueKind::kTopic),
                  option("-p,--partitions", &TopicsAlterArgs::partitions)
                      .range(1, 1'000'000)
                      .help("How many partitions there are to be; never fewer than now"),
                  option("-c,--set", &TopicsAlterArgs::set).help("Set a topic setting"),
                  option("--unset", &TopicsAlterArgs::unset)
                      .value("KEY")
                      .help("Go back to the broker's default for a setting")},
      .details = "Records stay where they are when partitions are added, but a key may then belong "
                 "to another partition.",
      .check = check,
      .examples = {{"kreel topics alter orders -p 12", "More partitions"},
                   {"kreel topics alter orders --set retention.ms=3600000", "Keep one hour"},
                   {"kreel topics alter orders --unset retention.ms", "Back to the default"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotFound, ExitCode::kNotAuthorized},
      .see_also = {"topics describe"},
  });
}

}  // namespace kreel::commands
