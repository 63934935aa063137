#pragma once

#include <atomic>
#include <cstddef>

namespace kreel::net {

/// Memory that all connections share for their buffers. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  void add(std::size_t bytes) {
    const std::size_t used = used_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::size_t peak = peak_bytes_.load(std::memory_order_relaxed);
    while (peak < used && !peak_bytes_.compare_exchange_weak(peak, used)) continue;
  }
  void remove(std::size_t bytes) { used_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  /// The most that was used since the last call.
  std::size_t take_peak_bytes() { return peak_bytes_.exchange(used_bytes()); }
  bool exhausted() const { return used_bytes() >= limit_bytes_; }

  /// Lets one at a time go over the limit until end_overdraft(), so that requests which are half
  /// here do not all wait for each other's memory.
  bool may_overdraw(const void* who) {
    const void* nobody = nullptr;
    return holder_.compare_exchange_strong(nobody, who) || nobody == who;
  }
  void end_overdraft(const void* who) {
    if (is_overdrawn_by(who)) holder_.store(nullptr);
  }
  bool is_overdrawn_by(const void* who) const { return holder_.load() == who; }

 private:
  const std::size_t limit_bytes_;
  std::atomic<std::size_t> used_bytes_{0};
  std::atomic<std::size_t> peak_bytes_{0};
  std::atomic<const void*> holder_{nullptr};
};

}  // namespace kreel::net
