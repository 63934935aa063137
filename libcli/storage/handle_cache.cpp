#include "storage/handle_cache.hpp"

#include <algorithm>

#include "storage/segment.hpp"

namespace kreel::storage {

void HandleCache::opened(const std::shared_ptr<Segment>& segment) {
  const std::lock_guard lock(mutex_);
  // Once each: a second entry, for the file after the index, would close what is newest.
  std::erase_if(entries_, [&](const std::weak_ptr<Segment>& entry) {
    return !entry.owner_before(segment) && !segment.owner_before(entry);
  });
  entries_.push_back(segment);
  shrink();
}

std::size_t HandleCache::open_segments() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& entry : entries_) {
    const auto segment = entry.lock();
    if (segment && segment->is_open()) ++count;
  }
  return count;
}

void HandleCache::shrink() {
  std::size_t index_bytes = 0;
  if (entries_.size() <= segments_max_) {
    for (const auto& entry : entries_) {
      if (const auto segment = entry.lock()) index_bytes += segment->loaded_index_bytes();
    }
    if (index_bytes <= index_bytes_max_) return;
  }
  // Two turns: the first takes the second chances away. The newest entry is at the end and stays.
  const auto target = std::min(segments_max_, entries_.size() - 1);
  for (std::size_t steps = 2 * entries_.size(); steps > 0 && entries_.size() > target; --steps) {
    if (hand_ + 1 >= entries_.size()) hand_ = 0;
    const auto segment = entries_[hand_].lock();
    if (!segment || segment->try_close()) {
      entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(hand_));
    } else {
      ++hand_;
    }
  }
}

}  // namespace kreel::storage
