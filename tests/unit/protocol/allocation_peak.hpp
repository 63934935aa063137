#pragma once

#include <cstddef>

namespace kreel {

/// The most heap memory that was held at once, beyond what was held at the start. The test binary
/// counts every operator new; one at a time, on one thread.
class AllocationPeak {
 public:
  AllocationPeak();
  ~AllocationPeak();
  AllocationPeak(const AllocationPeak&) = delete;
  AllocationPeak& operator=(const AllocationPeak&) = delete;

  std::size_t bytes() const;
  std::size_t count() const;
};

}  // namespace kreel
