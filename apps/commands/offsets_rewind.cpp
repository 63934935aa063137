#include "cli/admin.hpp"
#include "cli/offset_change.hpp"

namespace kreel::commands {
namespace {

struct OffsetsRewindArgs : OffsetChangeArgs {
  std::optional<RewindBy> by;
  std::optional<Position> to;
  std::string out_of_range = "error";
};

Result<void> check(const OffsetsRewindArgs& args) {
  if (!args.by && !args.to) {
    return fail(ErrorKind::kUsage, "how far back?", "--by 30m, --by 1000, or --to POSITION");
  }
  return check_change(args, true);
}

Result<ExitCode> run(const OffsetsRewindArgs& args, CommandContext& context) {
  OffsetChangeRequest request;
  request.scope = args.scope;
  if (args.by) request.to = *args.by;
  if (args.to) request.to = *args.to;
  request.only_back = true;
  request.clamp = args.out_of_range == "clamp";
  request.now_ms = context.now_ms();
  TRY(check_offset_change(request));
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(request.groups, groups_to_change(*admin, args));
  return change_offsets(context, *admin, args, request);
}

}  // namespace

Command offsets_rewind() {
  return command<OffsetsRewindArgs>({
      .name = "offsets rewind",
      .summary = "Move consumer groups back, so that they read records again",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kTimes,
      .options = together<OffsetsRewindArgs>(
          {group_options<OffsetsRewindArgs>(),
           {option("--by", &OffsetsRewindArgs::by)
                .help("Back from now by a time, or from the committed offset by records"),
            option("--to", &OffsetsRewindArgs::to).help("Back to a position"),
            option("--out-of-range", &OffsetsRewindArgs::out_of_range)
                .choices({"error", "clamp"})
                .help("What an offset outside of the log does")},
           safety_options<OffsetsRewindArgs>()}),
      .details =
          "As offsets reset, but no partition moves ahead: one that would stays where it is. "
          "offsets undo takes it back.",
      .exclusive = {{"--by", "--to"}},
      .check = check,
      .examples = {{"kreel offsets rewind payments --by 24h --dry-run",
                    "How many records, from when"},
                   {"kreel offsets rewind payments --by 24h --wait-empty 60s --yes",
                    "Once the members are gone"},
                   {"kreel offsets rewind payments --by 1000 --yes", "1000 records per partition"},
                   {"kreel offsets rewind payments --to @2026-11-20T08:00:00Z", "To a time"},
                   {"kreel offsets rewind --groups 'payments-*' --by 2h", "Many groups"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotAuthorized, ExitCode::kNotFound,
                ExitCode::kRefused, ExitCode::kIo},
      .see_also = {"offsets reset", "offsets undo", "offsets show"},
  });
}

}  // namespace kreel::commands
