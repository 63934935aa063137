#pragma once

#include <utility>
#include <vector>

#include "base/types.hpp"
#include "storage/checkpoint_file.hpp"

namespace kreel::storage {

/// Which leader epoch wrote which offsets of one partition (KIP-101). kreel is the only leader and
/// stays in the epoch that it found; a directory of Kafka's brings older ones along. Not
/// thread-safe.
class LeaderEpochs {
 public:
  LeaderEpochs() = default;
  explicit LeaderEpochs(std::vector<EpochStart> entries) : entries_(std::move(entries)) {}

  bool empty() const { return entries_.empty(); }
  /// 0 while nothing was written.
  LeaderEpoch current() const { return entries_.empty() ? 0 : entries_.back().first; }
  const std::vector<EpochStart>& entries() const { return entries_; }

  /// A batch of `epoch` starts at `offset`; true when that is a new entry.
  bool assign(LeaderEpoch epoch, Offset offset);
  /// The largest epoch <= `epoch` and where it ends; (-1, -1) when unknown.
  std::pair<LeaderEpoch, Offset> end_offset_for(LeaderEpoch epoch, Offset log_end) const;

 private:
  std::vector<EpochStart> entries_;
};

}  // namespace kreel::storage
