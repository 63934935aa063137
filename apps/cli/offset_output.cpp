#include "cli/offset_output.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <kreel/offset_files.hpp>
#include <kreel/text.hpp>

#include "cli/counted.hpp"

namespace kreel::cli {
namespace {

void add_part(std::string& text, const std::string& part) {
  text += text.empty() ? part : "; " + part;
}

std::int64_t deleted_commits(const OffsetPlan& plan) {
  return std::ranges::count_if(plan.rows, &OffsetPlanRow::deletes);
}

}  // namespace

std::vector<Column> plan_columns() {
  constexpr auto kJsonOnly = Column::Show::kJsonOnly;
  return {{"group"},
          {"topic"},
          {"partition"},
          {"committed"},
          {"target"},
          {"delta"},
          {"log_start"},
          {"log_end"},
          {"lag_after"},
          {"oldest_replayed_ms", kJsonOnly, Column::Kind::kTimeMs},
          {"metadata", kJsonOnly},
          {"note"}};
}

void print_row(Output& output, const OffsetPlanRow& row, std::optional<std::int64_t> lag_after,
               std::string_view note) {
  output.row({row.group, row.at.topic, std::int64_t{row.at.partition}, row.committed, row.target,
              row.delta(), row.log_start, row.log_end, lag_after, row.oldest_replayed_ms,
              row.target ? Value(row.target_metadata) : Value(), note});
}

Result<void> print_plan(Output& output, const OffsetPlan& plan) {
  TRY(output.begin("offsets.plan", plan_columns()));
  for (const OffsetPlanRow& row : plan.rows) {
    const bool refused = std::ranges::any_of(
        plan.refusals, [&](const auto& refusal) { return refusal.first == row.group; });
    std::string note = row.note;
    if (row.oldest_replayed_ms) {
      add_part(note, fmt::format("replays from {}", format_time(*row.oldest_replayed_ms)));
    }
    if (refused) add_part(note, "refused: the group is active");
    print_row(output, row, row.lag_after(), note);
  }
  attach_totals(output, plan);
  output.end();
  return {};
}

std::string totals_text(const OffsetPlan& plan) {
  std::string text;
  if (plan.replays_at_most > 0) {
    text = "replays at most " + counted(plan.replays_at_most, "record");
    if (plan.oldest_replayed_ms) {
      text += fmt::format(", the oldest of {}", format_time(*plan.oldest_replayed_ms));
    }
  }
  if (plan.skips_at_most > 0) {
    add_part(text, "SKIPS at most " + counted(plan.skips_at_most, "record"));
  }
  if (const auto count = deleted_commits(plan); count > 0) {
    add_part(text,
             fmt::format("deletes {} commit{}", with_thousands(count), count == 1 ? "" : "s"));
  }
  if (!text.empty()) return text;
  return plan.changes_anything() ? "replays and skips nothing" : "changes nothing";
}

void attach_totals(Output& output, const OffsetPlan& plan) {
  output.attach("cluster_id", plan.cluster_id);
  output.attach("totals", Value::Object{{"changes",
                                         std::ranges::count_if(plan.rows, &OffsetPlanRow::changes)},
                                        {"replays_at_most", plan.replays_at_most},
                                        {"oldest_replayed_ms", plan.oldest_replayed_ms},
                                        {"skips_at_most", plan.skips_at_most},
                                        {"deleted_commits", deleted_commits(plan)}});
}

Result<std::string> plan_file_text(const OffsetPlan& plan, std::string_view path) {
  std::string text;
  if (path.ends_with(".csv")) {
    if (deleted_commits(plan) > 0) {
      return fail(ErrorKind::kUsage, "--plan-out: CSV cannot say that a commit is deleted",
                  "a name that does not end in .csv makes it JSON");
    }
    std::vector<GroupOffset> targets;
    for (const OffsetPlanRow& row : plan.rows) targets.push_back({row.group, row.at, row.target});
    return offsets_to_csv(targets);
  }
  OutStream memory(text);
  Streams streams(memory, memory);
  Output output(streams, {.format = Format::kJson});
  TRY(print_plan(output, plan));
  return text;
}

}  // namespace kreel::cli
