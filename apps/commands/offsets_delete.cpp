#include "cli/admin.hpp"
#include "cli/offset_change.hpp"

namespace kreel::commands {
namespace {

struct OffsetsDeleteArgs : OffsetChangeArgs {};

Result<void> check(const OffsetsDeleteArgs& args) {
  TRY(check_change(args, true));
  if (!args.scope.empty()) return {};
  return fail(ErrorKind::kUsage, "which topic?",
              "-t TOPIC or -t TOPIC:0,3-5; kreel groups delete GROUP deletes all");
}

Result<ExitCode> run(const OffsetsDeleteArgs& args, CommandContext& context) {
  OffsetChangeRequest request;
  request.scope = args.scope;
  request.to = NoOffsets{};
  request.now_ms = context.now_ms();
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(request.groups, groups_to_change(*admin, args));
  return change_offsets(context, *admin, args, request);
}

}  // namespace

Command offsets_delete() {
  return command<OffsetsDeleteArgs>({
      .name = "offsets delete",
      .summary = "Delete committed offsets of consumer groups",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange,
      .options = together<OffsetsDeleteArgs>(
          {group_options<OffsetsDeleteArgs>(), safety_options<OffsetsDeleteArgs>()}),
      .details = "Where a group without a commit begins is its members' auto.offset.reset: at one "
                 "end of the log or the other. So the totals count both what may be read again and "
                 "what may be skipped. offsets undo restores the commits.",
      .check = check,
      .examples = {{"kreel offsets delete payments -t orders --dry-run", "What would go"},
                   {"kreel offsets delete payments -t orders:3 --yes", "One partition"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kIo},
      .see_also = {"offsets undo", "groups delete"},
  });
}

}  // namespace kreel::commands
