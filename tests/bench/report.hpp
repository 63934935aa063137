// Clocks, a latency histogram, and this process's own cost.
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>

namespace bench {

inline std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

inline double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Buckets of at most 1/128 of their value, from 1 ns on.
class Histogram {
 public:
  void add(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(ns > 0 ? ns : 0);
    ++counts_[bucket(value)];
    ++total_;
    if (value > largest_) largest_ = value;
  }
  double max_us() const { return static_cast<double>(largest_) / 1e3; }
  // The middle of the bucket that holds the given part of all values, 0 < part < 1.
  double percentile_us(double part) const {
    const auto rank = static_cast<std::uint64_t>(part * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > rank) return middle(i) / 1e3;
    }
    return max_us();
  }
  // As members of a JSON object; nulls when nothing was measured.
  void print() const {
    if (total_ == 0) {
      std::printf(R"("p50_us":null,"p99_us":null,"p999_us":null,"max_us":null)");
      return;
    }
    std::printf(R"("p50_us":%.2f,"p99_us":%.2f,"p999_us":%.2f,"max_us":%.2f)", percentile_us(0.5),
                percentile_us(0.99), percentile_us(0.999), max_us());
  }

 private:
  static constexpr std::size_t kSteps = 128;
  static std::size_t bucket(std::uint64_t value) {
    if (value < kSteps) return value;
    const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 8;
    return kSteps * (shift + 1) + (value >> shift) - kSteps;
  }
  static double middle(std::size_t index) {
    if (index < kSteps) return static_cast<double>(index);
    const auto shift = index / kSteps - 1;
    return (static_cast<double>(index % kSteps + kSteps) + 0.5) *
           static_cast<double>(std::uint64_t{1} << shift);
  }
  std::array<std::uint64_t, kSteps * 58> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace bench
