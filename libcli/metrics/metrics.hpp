#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace kreel::metrics {

/// A number that one thread raises and any thread reads. Plain load and store: no bus lock.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Durations in buckets of powers of two of a microsecond: bucket i counts those below 2^i us, the
/// last one all longer ones. Written by one thread, read by any.
class LatencyHistogram {
 public:
  static constexpr std::size_t kBuckets = 26;  ///< the last finite bound is 16.8 s

  void record_ns(std::int64_t duration_ns) {
    const auto us = static_cast<std::uint64_t>(duration_ns < 0 ? 0 : duration_ns) / 1000;
    const auto bucket = static_cast<std::size_t>(std::bit_width(us));
    buckets_[bucket < kBuckets ? bucket : kBuckets - 1].add();
    sum_us_.add(us);
  }
  std::uint64_t bucket(std::size_t index) const { return buckets_[index].value(); }
  std::uint64_t sum_us() const { return sum_us_.value(); }

 private:
  std::array<Counter, kBuckets> buckets_;
  Counter sum_us_;
};

}  // namespace kreel::metrics
