#include <fmt/format.h>

#include "cli/admin.hpp"

namespace kreel::commands {
namespace {

struct TopicsDeleteArgs {
  std::vector<std::string> names;
};

Result<ExitCode> run(const TopicsDeleteArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY(require_topics(*admin, args.names, AclOperation::kDelete));
  if (context.dry_run()) {
    context.note(fmt::format("would delete: {}", fmt::join(args.names, ", ")));
    return ExitCode::kDone;
  }
  Output& output = context.output();
  TRY(output.begin("topics.delete", {{"name"}, {"result"}}));
  const std::string what =
      args.names.size() == 1
          ? fmt::format("delete topic \"{}\" with all its records", args.names.front())
          : fmt::format("delete {} topics with all their records: {}", args.names.size(),
                        fmt::join(args.names, ", "));
  TRY(context.confirm({.what = what}));
  TRY_ASSIGN(const auto results, admin->delete_topics(args.names));
  return print_deleted(output, results);
}

}  // namespace

Command topics_delete() {
  return command<TopicsDeleteArgs>({
      .name = "topics delete",
      .summary = "Delete topics with all their records",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = {argument("NAME...", &TopicsDeleteArgs::names).kind(ValueKind::kTopic)},
      .examples = {{"kreel topics delete orders", "Asks first"},
                   {"kreel topics delete a b --yes", "In a script"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused},
      .see_also = {"topics trim"},
  });
}

}  // namespace kreel::commands
