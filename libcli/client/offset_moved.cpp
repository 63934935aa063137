#include "client/offset_moved.hpp"

#include <fmt/format.h>

#include <map>

#include "base/text.hpp"

namespace kreel::client {

std::string commit_text(const std::optional<std::int64_t>& offset) {
  return offset ? std::to_string(*offset) : "none";
}

Error moved_since_plan(const std::string& group, const TopicPartition& at,
                       const std::optional<std::int64_t>& planned,
                       const std::optional<std::int64_t>& now) {
  const std::string how = planned == now ? "has committed again"
                                         : fmt::format("has moved from {} to {}",
                                                       commit_text(planned), commit_text(now));
  return Error(ErrorKind::kRefused,
               fmt::format("{}: group \"{}\" {} since the plan; nothing was changed",
                           at.to_string(), escape_control(group), how),
               "plan again");
}

void compare_with_saved(const GivenOffsets& saved, OffsetPlan& plan) {
  std::map<std::pair<std::string, TopicPartition>, std::optional<std::int64_t>> planned;
  for (const GroupOffset& row : saved.planned_from) planned[{row.group, row.at}] = row.offset;
  for (OffsetPlanRow& row : plan.rows) {
    const auto found = planned.find({row.group, row.at});
    // What stands at the target already may have been brought there by this very plan.
    if (found == planned.end() || found->second == row.committed || !row.changes()) continue;
    row.note += row.note.empty() ? "" : "; ";
    row.note += fmt::format("was {} when this was planned", commit_text(found->second));
    if (!plan.moved.empty() && plan.moved.back().first == row.group) continue;
    plan.moved.emplace_back(row.group,
                            moved_since_plan(row.group, row.at, found->second, row.committed));
  }
}

}  // namespace kreel::client
