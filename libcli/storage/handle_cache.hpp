#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace kreel::storage {

class Segment;

/// Keeps the number of open segment files and the memory of loaded indexes of one data directory
/// below their limits: second chance in the order of opening. Thread-safe.
class HandleCache {
 public:
  HandleCache(std::size_t segments_max, std::size_t index_bytes_max)
      : segments_max_(segments_max), index_bytes_max_(index_bytes_max) {}

  /// `segment` has opened its file or loaded its index. Called with no lock of a segment held.
  void opened(const std::shared_ptr<Segment>& segment);

  std::size_t open_segments() const;

 private:
  void shrink();

  const std::size_t segments_max_;
  const std::size_t index_bytes_max_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Segment>> entries_;
  std::size_t hand_ = 0;
};

}  // namespace kreel::storage
