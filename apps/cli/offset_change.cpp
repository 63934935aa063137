#include "cli/offset_change.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <kreel/text.hpp>

#include "cli/admin.hpp"
#include "cli/groups.hpp"
#include "cli/new_file.hpp"
#include "cli/offset_output.hpp"
#include "cli/state_directory.hpp"

namespace kreel::cli {
namespace {

using Refusals = std::vector<std::pair<std::string, Error>>;

std::string groups_text(const OffsetPlan& plan) {
  const auto groups = plan.groups();
  if (groups.size() == 1) return fmt::format("group \"{}\"", groups.front());
  return fmt::format("{} groups", groups.size());
}

// What is said beside the rows: where a time leads, what is left out, what a real run would meet.
void print_notes(CommandContext& context, const OffsetChangeRequest& request,
                 const OffsetPlan& plan) {
  if (const auto time_ms = request.time_ms()) {
    context.note(fmt::format("to {}", format_time(*time_ms)));
  }
  for (const std::string& what : plan.left_out) context.note("left out: " + what);
  if (!context.dry_run()) return;
  for (const Refusals* refusals : {&plan.refusals, &plan.moved}) {
    for (const auto& [group, refusal] : *refusals) {
      context.note(fmt::format("a real run would be refused: {}", refusal.message()));
    }
    if (!refusals->empty()) context.note("hint: " + refusals->front().second.hint());
  }
}

Result<void> check_refusals(const Refusals& refusals, std::string_view what_others) {
  if (refusals.empty()) return {};
  const Error& first = refusals.front().second;
  const std::size_t others = refusals.size() - 1;
  if (others == 0) return fail(first);
  return fail(ErrorKind::kRefused,
              fmt::format("{}; and {} other group{} {}", first.message(), others,
                          others == 1 ? " has" : "s have", what_others),
              first.hint());
}

// Both lists are in the order of the plan; rows that change nothing have no result.
ExitCode print_results(Output& output, const OffsetPlan& plan,
                       const std::vector<OffsetChangeResult>& results) {
  bool failed = false;
  auto result = results.begin();
  for (const OffsetPlanRow& row : plan.rows) {
    std::string note = row.note;
    auto lag_after = row.lag_after();
    if (!row.changes()) {
      if (note.empty()) note = "unchanged";
    } else if (result->error) {
      failed = true;
      output.error(result->error->error);
      lag_after.reset();
      if (result->after) lag_after = std::max<std::int64_t>(0, row.log_end - *result->after);
      note = (result->is_unknown ? "UNKNOWN: " : "FAILED: ") + result->error->error.message();
    } else {
      note = note.empty() ? "done" : "done; " + note;
    }
    if (row.changes()) ++result;
    print_row(output, row, lag_after, note);
  }
  attach_totals(output, plan);
  output.end();
  return failed ? ExitCode::kFailed : ExitCode::kDone;
}

// A person who is asked sees the plan first; a script that said --yes gets one table, the result.
Result<void> ask(CommandContext& context, const OffsetPlan& plan) {
  TRY_ASSIGN(const bool will_ask, context.will_ask());
  if (will_ask && context.streams().err_is_terminal) {
    Streams to_stderr(context.streams().err, context.streams().err);
    Output preview(to_stderr, {.zone = context.globals().zone});
    TRY(print_plan(preview, plan));
  }
  context.note(totals_text(plan));
  return context.confirm({.what = fmt::format("change the offsets of {}", groups_text(plan)),
                          .needs_yes_flag = plan.skips_at_most > 0});
}

Result<ExitCode> write_plan(CommandContext& context, AdminClient& admin, const OffsetPlan& plan,
                            bool redo) {
  TRY_ASSIGN(const std::string directory, undo_directory(context));
  Output& output = context.output();
  // Before anything is written: a wrong --columns is told while it is cheap.
  TRY(output.begin("offsets.change", plan_columns()));
  TRY_ASSIGN(const std::string undo_file,
             save_undo_file(directory, plan, {.created_ms = context.now_ms(), .redo = redo}));
  const std::string_view kind = redo ? "redo" : "undo";
  context.tell(fmt::format("{} file: {}", kind, undo_file));
  const auto results = apply_offset_plan(admin, plan);
  if (!results) {
    // Refused is refused before the first commit: there is nothing to take back.
    if (results.error().kind() != ErrorKind::kRefused) return fail(results.error());
    TRY(remove_undo_file(undo_file));
    context.tell(fmt::format("nothing was changed; no {} file is kept", kind));
    return fail(results.error());
  }
  output.attach("undo_file", undo_file);
  return print_results(output, plan, *results);
}

}  // namespace

Result<std::string> undo_directory(const CommandContext& context) {
  return state_directory(context.environment(), "undo");
}

Result<void> check_change(const OffsetChangeArgs& args, bool needs_group) {
  if (args.group && !args.patterns.empty()) {
    return fail(ErrorKind::kUsage, "GROUP and --groups exclude each other");
  }
  if (needs_group && !args.group && args.patterns.empty()) {
    return fail(ErrorKind::kUsage, "which group?", "GROUP, or --groups 'PATTERN'");
  }
  if (args.force && !args.plan_out) {
    return fail(ErrorKind::kUsage, "--force is for --plan-out alone");
  }
  return {};
}

Result<std::vector<std::string>> groups_to_change(AdminClient& admin,
                                                  const OffsetChangeArgs& args) {
  if (args.group) return std::vector<std::string>{*args.group};
  std::vector<Error> unasked;
  TRY_ASSIGN(auto groups, wanted_groups(admin, args.patterns, &unasked));
  // Some of the groups that match may be known to that broker alone.
  if (!unasked.empty()) return fail(unasked.front());
  return groups;
}

Result<ExitCode> change_offsets(CommandContext& context, AdminClient& admin,
                                const OffsetChangeArgs& args, const OffsetChangeRequest& request,
                                bool redo) {
  if (args.plan_out) TRY(check_may_write(*args.plan_out, args.force));
  if (args.expect_cluster) TRY(check_cluster(admin, *args.expect_cluster, "--expect-cluster"));
  if (args.wait_empty && !context.dry_run()) {
    TRY(wait_until_no_members(admin, request.groups, *args.wait_empty));
  }
  TRY_ASSIGN(const OffsetPlan plan, plan_offset_change(admin, request));
  if (args.plan_out) {
    TRY_ASSIGN(const std::string text, plan_file_text(plan, *args.plan_out));
    TRY(write_new_file(*args.plan_out, text, args.force));
    context.note(fmt::format("plan: {}", *args.plan_out));
  }
  print_notes(context, request, plan);
  if (!context.dry_run()) {
    TRY(check_refusals(plan.refusals, "members"));
    TRY(check_refusals(plan.moved, "moved"));
  }
  // An undo that cannot restore all is no success.
  const bool is_undo = std::holds_alternative<RestoredOffsets>(request.to);
  const auto all_of_it = is_undo && !plan.left_out.empty() ? ExitCode::kFailed : ExitCode::kDone;
  if (context.dry_run() || !plan.changes_anything()) {
    TRY(print_plan(context.output(), plan));
    context.note(totals_text(plan));
    return all_of_it;
  }
  TRY(ask(context, plan));
  TRY_ASSIGN(const ExitCode written, write_plan(context, admin, plan, redo));
  return written == ExitCode::kDone ? all_of_it : written;
}

}  // namespace kreel::cli
