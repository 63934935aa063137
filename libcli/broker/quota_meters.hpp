#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace kreel::broker {

/// Over which time use is counted: quota.window.num samples of quota.window.size.seconds.
struct QuotaWindows {
  std::int64_t count = 11;
  std::int64_t size_ms = 1'000;

  std::int64_t span_ms() const { return count * size_ms; }
};

/// What somebody has used lately, per second: Kafka's Rate, sample by sample, so that clients wait
/// as long here as there.
class RateMeter {
 public:
  /// Also less than nothing, to take back what was added.
  void add(double amount, const QuotaWindows& windows, std::int64_t now_ms);
  double per_second(const QuotaWindows& windows, std::int64_t now_ms);
  /// How long until the rate is back at `bound` if nothing is added; 0 when it is not above.
  std::int64_t wait_ms(double bound, const QuotaWindows& windows, std::int64_t now_ms);
  /// Nothing of what was added counts any more.
  bool is_idle(const QuotaWindows& windows, std::int64_t now_ms) const;

 private:
  struct Sample {
    double sum = 0;
    std::int64_t start_ms = 0;
    std::int64_t last_ms = 0;
  };
  void forget_old(const QuotaWindows& windows, std::int64_t now_ms);
  std::int64_t window_ms(const QuotaWindows& windows, std::int64_t now_ms) const;

  std::vector<Sample> samples_;
  std::size_t current_ = 0;
};

/// Kafka's TokenBucket: what was not used may be used at once later, as much as belongs to all
/// windows; below zero nothing more is to be had.
class TokenMeter {
 public:
  /// Takes `amount`, though that leave less than nothing.
  void take(double amount, double bound, const QuotaWindows& windows, std::int64_t now_ms);
  /// How long until there is not less than nothing.
  std::int64_t wait_ms(double bound, const QuotaWindows& windows, std::int64_t now_ms);
  /// Full, as one that nobody has taken from.
  bool is_idle(const QuotaWindows& windows, std::int64_t now_ms) const;

 private:
  void refill(double bound, const QuotaWindows& windows, std::int64_t now_ms);

  double tokens_ = std::numeric_limits<double>::infinity();
  double bound_ = 0;
  std::int64_t updated_ms_ = 0;
};

}  // namespace kreel::broker
