#include "cli/offset_change.hpp"

namespace kreel::commands {
namespace {

struct Args {
  std::string group;
  std::optional<Position> to;
  std::vector<TopicPartitions> scope;
  bool allow_new_topics = false;
  std::string out_of_range = "error";
};

Result<void> check(const Args& args) {
  if (args.to) return {};
  return fail(ErrorKind::kUsage, "no position", "--to POSITION: start, end, an offset, or @TIME");
}

Result<ExitCode> run(const Args& args, CommandContext& context) {
  OffsetChangeRequest request;
  request.group = args.group;
  request.scope = args.scope;
  request.allow_new_topics = args.allow_new_topics;
  request.to = args.to;
  request.clamp = args.out_of_range == "clamp";
  request.now_ms = context.now_ms();
  return change_offsets(context, request);
}

}  // namespace

Command offsets_reset() {
  return command<Args>({
      .name = "offsets reset",
      .summary = "Move the committed offsets of a consumer group",
      .since = "0.1",
      .run = run,
      .uses = kClient | kBroker | kPrint | kChange | kTimes,
      .options = {argument("GROUP", &Args::group).kind(ValueKind::kGroup),
                  option("--to", &Args::to).help("Where every partition is to stand"),
                  option("-t,--topic", &Args::scope)
                      .help("Only these topics or partitions; again for more")
                      .fallback("all topics that the group has committed"),
                  option("--allow-new-topics", &Args::allow_new_topics)
                      .help("Accept topics that the group has not committed"),
                  option("--out-of-range", &Args::out_of_range)
                      .choices({"error", "clamp"})
                      .help("What an offset outside of the log does")},
      .details = "The plan is made by admin calls alone: it never joins the group. Nothing is "
                 "written while the group has members, nor when a commit has moved since the plan. "
                 "Off a terminal --yes is needed; a change that skips records always needs it.",
      .check = check,
      .examples = {{"kreel offsets reset payments --to start --dry-run",
                    "What would be read again"},
                   {"kreel offsets reset payments --to @-2h --yes", "Two hours back"},
                   {"kreel offsets reset payments -t orders:0 --to 1200", "One partition"}},
      .exits = {ExitCode::kUnreachable, ExitCode::kNotFound, ExitCode::kRefused},
      .see_also = {"offsets rewind", "offsets show"},
  });
}

}  // namespace kreel::commands
