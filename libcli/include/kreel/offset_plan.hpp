#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kreel/admin.hpp"
#include "kreel/export.hpp"
#include "kreel/position.hpp"
#include "kreel/result.hpp"

namespace kreel {

// Changes of a group's committed offsets: planned from admin calls and plain fetches, so that
// nothing joins the group and nothing rebalances; then written as planned, or not at all.

struct OffsetChangeRequest {
  std::string group;
  /// Empty: all partitions of the topics that the group has committed.
  std::vector<TopicPartitions> scope;
  /// Lets `scope` name topics that the group has not committed.
  bool allow_new_topics = false;
  /// Where to; or how far back. Exactly one is set.
  std::optional<Position> to;
  std::optional<RewindBy> by;
  /// A rewind: partitions that would move ahead stay where they are, with a note.
  bool only_back = false;
  /// An explicit position out of range moves to the nearest end, with a note, and is no error.
  bool clamp = false;
  std::int64_t now_ms = 0;  ///< wall clock, since 1970-01-01 UTC
};

struct OffsetPlanRow {
  TopicPartition at;
  std::optional<std::int64_t> committed;  ///< before; empty: none
  std::int32_t committed_leader_epoch = -1;
  std::string committed_metadata;      ///< is kept
  std::optional<std::int64_t> target;  ///< empty: stays without a commit
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
  std::string note;  ///< "only 37 available"; empty when there is nothing to say

  /// Negative replays, positive skips; empty without a commit or a target.
  KREEL_API std::optional<std::int64_t> delta() const;
  KREEL_API std::optional<std::int64_t> lag_after() const;
  KREEL_API bool changes() const;
};

struct OffsetPlan {
  std::string group;
  std::optional<std::string> cluster_id;
  std::vector<OffsetPlanRow> rows;  ///< by topic and partition
  /// At most, as offsets have gaps.
  std::int64_t replays_at_most = 0;
  std::int64_t skips_at_most = 0;
  std::optional<std::int64_t> oldest_replayed_ms;  ///< time of the oldest record to be replayed

  KREEL_API bool changes_anything() const;
};

/// ErrorKind::kRefused, naming member, client id and host, unless `group` has no members.
KREEL_API Result<void> check_group_has_no_members(AdminClient& admin, const std::string& group);

/// Writes nothing. kRefused while the group has members; kNotFound for an unknown group or topic
/// (with the nearest name), a topic that the group has not committed, a partition that does not
/// exist, and an explicit offset out of range ("offset 99 is outside 100..250"); kUsage for a time
/// in the future.
KREEL_API Result<OffsetPlan> plan_offset_change(AdminClient& admin,
                                                const OffsetChangeRequest& request);

struct OffsetChangeResult {
  TopicPartition at;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;  ///< as read back
  std::optional<ItemError> error;
};

/// Writes the rows of `plan` that change something, in one commit, and reads them back; one result
/// for each of these rows. Reads the group's state and commits first: kRefused, with nothing
/// written, when it has members or a commit has moved since the plan.
KREEL_API Result<std::vector<OffsetChangeResult>> apply_offset_plan(AdminClient& admin,
                                                                    const OffsetPlan& plan);

}  // namespace kreel
