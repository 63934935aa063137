#include "cli/offset_change.hpp"

#include <algorithm>

#include <fmt/core.h>

#include <kreel/text.hpp>

#include "cli/admin.hpp"

namespace kreel::cli {
namespace {

std::vector<Column> plan_columns() {
  return {{"group"}, {"topic"},     {"partition"}, {"committed"}, {"target"},
          {"delta"}, {"log_start"}, {"log_end"},   {"lag_after"}, {"note"}};
}

void print_row(Output& output, const std::string& group, const OffsetPlanRow& row,
               std::string_view note) {
  output.row({group, row.at.topic, std::int64_t{row.at.partition}, row.committed, row.target,
              row.delta(), row.log_start, row.log_end, row.lag_after(), note});
}

// "replays at most 12,034 records, the oldest of 2026-11-20T08:00:00Z; SKIPS at most 5,001"
std::string totals(const OffsetPlan& plan) {
  std::string text;
  if (plan.replays_at_most > 0) {
    text = fmt::format("replays at most {} records", with_thousands(plan.replays_at_most));
    if (plan.oldest_replayed_ms) {
      text += fmt::format(", the oldest of {}", format_time(*plan.oldest_replayed_ms));
    }
  }
  if (plan.skips_at_most > 0) {
    if (!text.empty()) text += "; ";
    text += fmt::format("SKIPS at most {} records", with_thousands(plan.skips_at_most));
  }
  return text.empty() ? "changes nothing" : text;
}

const OffsetChangeResult* result_of(const std::vector<OffsetChangeResult>& results,
                                    const TopicPartition& at) {
  const auto found = std::ranges::find(results, at, &OffsetChangeResult::at);
  return found == results.end() ? nullptr : &*found;
}

Result<void> print_plan(Output& output, const OffsetPlan& plan) {
  TRY(output.begin("offsets.plan", plan_columns()));
  for (const OffsetPlanRow& row : plan.rows) print_row(output, plan.group, row, row.note);
  output.end();
  return {};
}

ExitCode print_results(Output& output, const OffsetPlan& plan,
                       const std::vector<OffsetChangeResult>& results) {
  bool failed = false;
  for (const OffsetPlanRow& row : plan.rows) {
    const OffsetChangeResult* result = result_of(results, row.at);
    std::string note = row.note;
    if (result == nullptr) {
      if (note.empty()) note = "unchanged";
    } else if (result->error) {
      failed = true;
      output.error(result->error->error);
      note = "FAILED: " + result->error->error.message();
    } else {
      note = note.empty() ? "done" : "done; " + note;
    }
    print_row(output, plan.group, row, note);
  }
  output.end();
  return failed ? ExitCode::kFailed : ExitCode::kDone;
}

}  // namespace

Result<ExitCode> change_offsets(CommandContext& context, const OffsetChangeRequest& request) {
  TRY_ASSIGN(const auto admin, connect_admin(context));
  TRY_ASSIGN(const OffsetPlan plan, plan_offset_change(*admin, request));
  if (request.to && request.to->anchor == Position::Anchor::kTime) {
    context.note(fmt::format("to {}", format_time(request.to->value)));
  }
  if (context.dry_run() || !plan.changes_anything()) {
    TRY(print_plan(context.output(), plan));
    context.note(totals(plan));
    return ExitCode::kDone;
  }
  // A person who is asked sees the plan first; a script that said --yes gets one table, the result.
  if (!context.globals().yes && context.streams().err_is_terminal) {
    Streams to_stderr(context.streams().err, context.streams().err);
    Output preview(to_stderr, {});
    TRY(print_plan(preview, plan));
  }
  context.note(totals(plan));
  TRY(context.confirm({.what = fmt::format("change the offsets of group \"{}\"", plan.group),
                       .needs_yes_flag = plan.skips_at_most > 0}));
  // Before anything is written: a wrong --columns is told while it is cheap.
  TRY(context.output().begin("offsets.change", plan_columns()));
  TRY_ASSIGN(const auto results, apply_offset_plan(*admin, plan));
  return print_results(context.output(), plan, results);
}

}  // namespace kreel::cli
