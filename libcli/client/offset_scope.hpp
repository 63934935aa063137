#pragma once

#include <map>
#include <string>
#include <vector>

#include "kreel/offset_plan.hpp"

namespace kreel::client {

using Commits = std::map<TopicPartition, CommittedOffset>;

/// A partition that the plan of a group has a row for.
struct ScopedPartition {
  std::string group;
  TopicPartition at;
  /// What stands in the file that is followed; null for other destinations.
  const GroupOffset* given = nullptr;
  const ReplacedOffset* replaced = nullptr;
};

struct Scope {
  std::vector<ScopedPartition> partitions;  ///< by group, topic and partition
  std::vector<std::string> left_out;        ///< as OffsetPlan::left_out
};

/// Which partitions `request` is about, from what each group has committed: with one look-up of the
/// topics. `commits` has an entry for every group of the request, and for the one of SameAsGroup.
/// Errors as plan_offset_change().
Result<Scope> partitions_in_scope(AdminClient& admin, const OffsetChangeRequest& request,
                                  const std::map<std::string, Commits>& commits);

}  // namespace kreel::client
