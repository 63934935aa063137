#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kreel/offset_plan.hpp>

#include "cli/output.hpp"

namespace kreel::cli {

// A plan as people and programs see it.

std::vector<Column> plan_columns();
void print_row(Output& output, const OffsetPlanRow& row, std::optional<std::int64_t> lag_after,
               std::string_view note);
// The whole plan: "offsets.plan". Rows of a group that cannot be changed now say so.
Result<void> print_plan(Output& output, const OffsetPlan& plan);

// "replays at most 12,034 records, the oldest of 2026-11-20T08:00:00Z; SKIPS at most 5,001 records"
std::string totals_text(const OffsetPlan& plan);
// The same for JSON, and which cluster it is.
void attach_totals(Output& output, const OffsetPlan& plan);

// What --plan-out writes: JSON, or Apache's CSV when the name ends in .csv. kUsage for a plan that
// deletes commits as CSV, which has no word for that.
Result<std::string> plan_file_text(const OffsetPlan& plan, std::string_view path);

}  // namespace kreel::cli
