#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kreel/offset_plan.hpp"

namespace kreel::client {

/// The number, or "none".
std::string commit_text(const std::optional<std::int64_t>& offset);

/// kRefused: `group` stood at `planned` when the change was planned, and is at `now`.
Error moved_since_plan(const std::string& group, const TopicPartition& at,
                       const std::optional<std::int64_t>& planned,
                       const std::optional<std::int64_t>& now);

/// Fills OffsetPlan::moved, and says it in the rows: those that would change, and whose group was
/// elsewhere when the saved plan was made.
void compare_with_saved(const GivenOffsets& saved, OffsetPlan& plan);

}  // namespace kreel::client
