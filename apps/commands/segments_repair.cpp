#include <fmt/format.h>
#include <kreel/segments.hpp>

#include "cli/context.hpp"
#include "cli/counted.hpp"

namespace kreel::commands {
namespace {

struct SegmentsRepairArgs {
  std::string directory;
};

std::string_view kind_text(segments::RepairStep::Kind kind) {
  return kind == segments::RepairStep::Kind::kRewriteSegment ? "rewrite" : "remove";
}

Result<void> print_steps(Output& output, const segments::RepairPlan& plan, bool done) {
  TRY(output.begin("segments.repair",
                   {{"action"}, {"file"}, {"bytes_dropped"}, {"what"}, {"kept_as"}}));
  for (const segments::RepairStep& step : plan.steps) {
    output.row({kind_text(step.kind), step.file, static_cast<std::int64_t>(step.bytes_dropped),
                step.what, done ? Value(step.file + ".bak") : Value()});
  }
  output.end();
  return {};
}

Result<ExitCode> run(const SegmentsRepairArgs& args, CommandContext& context) {
  TRY_ASSIGN(const auto plan, segments::plan_repair(args.directory));
  const auto files = static_cast<std::int64_t>(plan.steps.size());
  if (plan.steps.empty() || context.dry_run()) {
    TRY(print_steps(context.output(), plan, false));
    context.note(plan.steps.empty() ? std::string("nothing to repair")
                                    : counted(files, "file") + " would change");
    return ExitCode::kDone;
  }
  // A person who is asked sees the plan first; a script that said --yes gets one table.
  if (!context.globals().yes && context.streams().err_is_terminal) {
    Streams to_stderr(context.streams().err, context.streams().err);
    Output preview(to_stderr, {});
    TRY(print_steps(preview, plan, false));
  }
  TRY(context.confirm(
      {.what = fmt::format("change {} files below {}", plan.steps.size(), plan.directory)}));
  TRY(segments::apply_repair(plan));
  TRY(print_steps(context.output(), plan, true));
  context.note(fmt::format("{} changed, the old kept as .bak", counted(files, "file")));
  return ExitCode::kDone;
}

}  // namespace

Command segments_repair() {
  return command<SegmentsRepairArgs>({
      .name = "segments repair",
      .summary = "Make a damaged data directory readable again",
      .since = "0.1",
      .run = run,
      .uses = kPrint | kChange,
      .options = {argument("DIR", &SegmentsRepairArgs::directory).kind(ValueKind::kDirectory)},
      .details = "Plans first, and asks. Bytes that are no batch are left out, indexes that do not "
                 "fit are removed, and a broker makes them anew. Every file that changes is kept "
                 "beside the new one as .bak. Refused while a broker has the directory.",
      .examples = {{"kreel segments repair /srv/kreel --dry-run", "What would change"},
                   {"kreel segments repair /srv/kreel --yes", "Do it without a question"}},
      .exits = {ExitCode::kNotFound, ExitCode::kRefused, ExitCode::kIo},
      .see_also = {"segments verify"},
  });
}

}  // namespace kreel::commands
