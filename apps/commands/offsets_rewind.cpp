#include "cli/offset_change.hpp"

namespace kreel::commands {
namespace {

struct Args {
  std::string group;
  std::optional<RewindBy> by;
  std::optional<Position> to;
  std::vector<TopicPartitions> scope;
};

Result<void> check(const Args& args) {
  if (args.by || args.to) return {};
  return fail(ErrorKind::kUsage, "how far back?", "--by 30m, --by 1000, or --to POSITION");
}

Result<ExitCode> run(const Args& args, CommandContext& context) {
  OffsetChangeRequest request;
  request.group = args.group;
  request.scope = args.scope;
  request.by = args.by;
  request.to = args.to;
  request.only_back = true;
  request.now_ms = context.now_ms();
  return change_offsets(context, request);
}

}  // namespace

Command offsets_rewind() {
  return command<Args>({
      .name = "offsets rewind",
      .summary = "Move a consumer group back, so that it reads records again",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kTimes,
      .options = {argument("GROUP", &Args::group).kind(ValueKind::kGroup),
                  option("--by", &Args::by)
                      .help("Back from now by a time, or from the committed offset by records"),
                  option("--to", &Args::to).help("Back to a position"),
                  option("-t,--topic", &Args::scope)
                      .help("Only these topics or partitions; again for more")
                      .fallback("all topics that the group has committed")},
      .details =
          "As offsets reset, but no partition moves ahead: one that would stays where it is.",
      .exclusive = {{"--by", "--to"}},
      .check = check,
      .examples = {{"kreel offsets rewind payments --by 24h --dry-run",
                    "How many records, from when"},
                   {"kreel offsets rewind payments --by 1000 --yes", "1000 records per partition"},
                   {"kreel offsets rewind payments --to @2026-11-20T08:00:00Z", "To a time"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotFound, ExitCode::kRefused},
      .see_also = {"offsets reset", "offsets show"},
  });
}

}  // namespace kreel::commands
