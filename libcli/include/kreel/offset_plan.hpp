#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kreel/admin.hpp"
#include "kreel/export.hpp"
#include "kreel/position.hpp"
#include "kreel/result.hpp"

namespace kreel {

// Changes of groups' committed offsets: planned from admin calls and plain fetches, so that nothing
// joins a group and nothing rebalances; then written as planned, or not at all.

/// What one group has committed, or is to have committed, in one partition.
struct GroupOffset {
  std::string group;
  TopicPartition at;
  std::optional<std::int64_t> offset;        ///< empty: nothing committed
  std::int32_t leader_epoch = -1;            ///< not known: -1
  std::optional<std::string> metadata = {};  ///< empty: not told

  bool operator==(const GroupOffset&) const = default;
};

/// One row of an undo: what stood before a change, and what the change wrote.
struct ReplacedOffset {
  GroupOffset before;
  std::optional<std::int64_t> written;

  bool operator==(const ReplacedOffset&) const = default;
};

/// To where another group stands.
struct SameAsGroup {
  std::string group;
};
/// To these offsets; those of other groups than the request's are left out.
struct GivenOffsets {
  std::vector<GroupOffset> offsets;
  /// Where the partitions of a saved plan stood when it was made. A group that is neither there nor
  /// where the plan leads has moved since, and is refused. Empty for offsets that are no plan.
  std::vector<GroupOffset> planned_from = {};
};
/// Back to exactly what was: leader epoch, metadata, and nothing where nothing was.
struct RestoredOffsets {
  std::vector<ReplacedOffset> offsets;
};
/// To no commits at all.
struct NoOffsets {};

struct OffsetChangeRequest {
  std::vector<std::string> groups;
  /// Empty: all partitions of the topics that a group has committed.
  std::vector<TopicPartitions> scope;
  /// Accepts topics that a group has not committed, and a group that does not exist.
  bool allow_new_topics = false;
  std::variant<Position, RewindBy, SameAsGroup, GivenOffsets, RestoredOffsets, NoOffsets> to;
  /// A rewind: partitions that would move ahead stay where they are, with a note.
  bool only_back = false;
  /// An explicit position out of range moves to the nearest end, with a note, and is no error.
  bool clamp = false;
  std::int64_t now_ms = 0;  ///< wall clock, since 1970-01-01 UTC

  /// The instant that targets are looked up by, where there is one.
  KREEL_API std::optional<std::int64_t> time_ms() const;
};

struct OffsetPlanRow {
  std::string group;
  TopicPartition at;
  std::optional<std::int64_t> committed;  ///< before; empty: none
  std::int32_t committed_leader_epoch = -1;
  std::string committed_metadata;
  std::optional<std::int64_t> target;  ///< empty: no commit; where there is one, it is deleted
  std::int32_t target_leader_epoch = -1;
  std::string target_metadata;
  std::int64_t log_start = 0;
  std::int64_t log_end = 0;
  /// Time of the first record to be read again.
  std::optional<std::int64_t> oldest_replayed_ms;
  std::string note;  ///< "only 37 available"; empty when there is nothing to say

  /// Negative goes back, positive ahead; empty without a commit or a target.
  KREEL_API std::optional<std::int64_t> delta() const;
  KREEL_API std::optional<std::int64_t> lag_after() const;
  KREEL_API bool changes() const;
  KREEL_API bool deletes() const;
  /// Records between the old position and the new one, at most, as offsets have gaps. Without a
  /// commit a group may begin anywhere: the log start counts for what a change skips, and both ends
  /// of the log for what a deletion may bring.
  KREEL_API std::int64_t replays_at_most() const;
  KREEL_API std::int64_t skips_at_most() const;
};

struct OffsetPlan {
  std::optional<std::string> cluster_id;
  std::vector<OffsetPlanRow> rows;  ///< by group, topic and partition
  std::int64_t replays_at_most = 0;
  std::int64_t skips_at_most = 0;
  std::optional<std::int64_t> oldest_replayed_ms;  ///< time of the oldest record to be replayed
  /// Why each group that has members cannot be changed now.
  std::vector<std::pair<std::string, Error>> refusals;
  /// Of groups that have moved since the saved plan that is followed was made.
  std::vector<std::pair<std::string, Error>> moved;
  /// What was asked for and is in no row, in words: a topic that is gone, for one.
  std::vector<std::string> left_out;

  KREEL_API bool changes_anything() const;
  /// Those of `rows`, each once, sorted.
  KREEL_API std::vector<std::string> groups() const;
};

/// ErrorKind::kRefused, naming member, client id and host, unless `group` has no members.
KREEL_API Result<void> check_group_has_no_members(AdminClient& admin, const std::string& group);

/// Returns as soon as none of `groups` has members; after `limit` the same kRefused.
KREEL_API Result<void> wait_until_no_members(AdminClient& admin,
                                             std::span<const std::string> groups,
                                             std::chrono::milliseconds limit);

/// What can be seen to be wrong without a broker: kUsage for a time in the future.
KREEL_API Result<void> check_offset_change(const OffsetChangeRequest& request);

/// Writes nothing, in a number of calls that does not depend on how many groups and partitions
/// there are. kNotFound for an unknown group or topic (with the nearest name), a topic that the
/// group has not committed, a partition that does not exist, and an explicit offset out of range
/// ("offset 99 is outside 100..250"), and what check_offset_change() says. A group with members is
/// planned all the same, and named in OffsetPlan::refusals.
KREEL_API Result<OffsetPlan> plan_offset_change(AdminClient& admin,
                                                const OffsetChangeRequest& request);

struct OffsetChangeResult {
  std::string group;
  TopicPartition at;
  std::optional<std::int64_t> before;
  std::optional<std::int64_t> after;  ///< as read back
  std::optional<ItemError> error;
  /// With an error: there was neither an answer nor a way to read back, so it may have happened.
  bool is_unknown = false;
};

/// Writes the rows of `plan` that change something, one commit (and one deletion) per group, and
/// reads them back; one result for each of these rows, in their order. Reads all groups' state and
/// commits first: kRefused, with nothing written, when one has members or has moved since the plan.
KREEL_API Result<std::vector<OffsetChangeResult>> apply_offset_plan(AdminClient& admin,
                                                                    const OffsetPlan& plan);

}  // namespace kreel
