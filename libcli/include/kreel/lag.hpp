#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kreel/admin.hpp"
#include "kreel/export.hpp"
#include "kreel/result.hpp"

namespace kreel {

/// How far one group is behind in one partition.
struct LagRow {
  std::string group;
  TopicPartition at;
  std::optional<std::int64_t> committed;
  std::int32_t leader_epoch = -1;  ///< of the commit, as is `metadata`
  std::string metadata;
  std::optional<std::int64_t> log_start;
  /// With Isolation::kReadCommitted the last stable offset: where a transaction is still open.
  std::optional<std::int64_t> log_end;
  /// Offsets between `committed` and `log_end`, from `log_start` where nothing was committed;
  /// compaction and transactions make it more than the records. Never below 0.
  std::optional<std::int64_t> lag;
  /// Age of the first record that the group has not committed; 0 when there is none.
  std::optional<std::int64_t> time_lag_ms;
  std::optional<ItemError> error;

  bool never_committed() const { return !committed && !error; }
};

struct LagReport {
  std::vector<LagRow> rows;   ///< by group, topic, partition
  std::vector<Error> errors;  ///< groups that could not be asked, times that could not be read
};

struct LagOptions {
  bool time_lag = true;     ///< costs one fetch per leader
  std::int64_t now_ms = 0;  ///< wall clock, since 1970-01-01 UTC
  Isolation isolation = Isolation::kReadUncommitted;
  /// Also the partitions without a commit, of topics that the group has committed elsewhere or that
  /// its members are assigned or subscribed to.
  bool never_committed = false;
};

/// The lag of `groups`, in a fixed number of round trips per broker however many groups there are.
/// Fails when nothing could be asked; what concerns one group, topic or broker stands in the report
/// and leaves the rest alone. Whether a group exists is the caller's question.
KREEL_API Result<LagReport> measure_lag(AdminClient& admin, std::span<const std::string> groups,
                                        const LagOptions& options);

}  // namespace kreel
