#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include <kreel/admin.hpp>

namespace kreel::cli {

// Which records of each partition are finished, when they end in any order: what may be committed
// is the offset behind the last one that has none unfinished before it.
class OffsetTracker {
 public:
  // Offsets of a partition begin in rising order.
  void begin(const TopicPartition& at, std::int64_t offset);
  // The next offset to commit, when this one moved it. Nothing for what is not under way.
  std::optional<std::int64_t> finish(const TopicPartition& at, std::int64_t offset);
  // A partition that is no longer ours.
  void drop(const TopicPartition& at) { partitions_.erase(at); }

 private:
  struct Entry {
    std::int64_t offset = 0;
    bool finished = false;
  };
  std::map<TopicPartition, std::deque<Entry>> partitions_;
};

}  // namespace kreel::cli
