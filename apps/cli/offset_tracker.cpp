#include "cli/offset_tracker.hpp"

#include <algorithm>

namespace kreel::cli {

void OffsetTracker::begin(const TopicPartition& at, std::int64_t offset) {
  partitions_[at].push_back({offset});
}

std::optional<std::int64_t> OffsetTracker::finish(const TopicPartition& at, std::int64_t offset) {
  const auto partition = partitions_.find(at);
  if (partition == partitions_.end()) return std::nullopt;
  std::deque<Entry>& entries = partition->second;
  const auto found = std::ranges::lower_bound(entries, offset, {}, &Entry::offset);
  if (found == entries.end() || found->offset != offset) return std::nullopt;
  found->finished = true;
  std::optional<std::int64_t> next;
  while (!entries.empty() && entries.front().finished) {
    next = entries.front().offset + 1;
    entries.pop_front();
  }
  return next;
}

}  // namespace kreel::cli
