#include "storage/leader_epochs.hpp"

#include <algorithm>

namespace kreel::storage {

bool LeaderEpochs::assign(LeaderEpoch epoch, Offset offset) {
  if (epoch < 0) return false;
  if (!entries_.empty() && epoch <= entries_.back().first) return false;
  entries_.emplace_back(epoch, offset);
  return true;
}

std::pair<LeaderEpoch, Offset> LeaderEpochs::end_offset_for(LeaderEpoch epoch,
                                                            Offset log_end) const {
  if (epoch < 0 || epoch > current()) return {-1, -1};
  if (epoch == current()) return {epoch, log_end};
  const auto after = std::ranges::upper_bound(entries_, epoch, {}, &EpochStart::first);
  // Older than all that is left: Kafka answers the asked epoch with the start of the first.
  if (after == entries_.begin()) return {epoch, after->second};
  return {std::prev(after)->first, after->second};
}

}  // namespace kreel::storage
