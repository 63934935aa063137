#include "broker/quota_meters.hpp"

#include <algorithm>
#include <cmath>

namespace kreel::broker {
namespace {

constexpr double kMsPerSecond = 1'000;
/// More than a connection lives, and still an int32 of milliseconds.
constexpr double kLongestWaitMs = std::numeric_limits<std::int32_t>::max();

std::int64_t rounded_ms(double wait_ms) {
  return static_cast<std::int64_t>(std::llround(std::clamp(wait_ms, 0.0, kLongestWaitMs)));
}

double burst_of(double bound, const QuotaWindows& windows) {
  return bound * static_cast<double>(windows.span_ms()) / kMsPerSecond;
}

}  // namespace

void RateMeter::add(double amount, const QuotaWindows& windows, std::int64_t now_ms) {
  if (samples_.empty()) samples_.push_back({0, now_ms, now_ms});
  if (now_ms - samples_[current_].start_ms >= windows.size_ms) {
    // One more than the windows: the oldest overlaps their beginning.
    current_ = (current_ + 1) % static_cast<std::size_t>(windows.count + 1);
    if (current_ >= samples_.size()) {
      current_ = samples_.size();
      samples_.emplace_back();
    }
    samples_[current_] = {0, now_ms, now_ms};
  }
  samples_[current_].sum += amount;
  samples_[current_].last_ms = now_ms;
}

void RateMeter::forget_old(const QuotaWindows& windows, std::int64_t now_ms) {
  for (Sample& sample : samples_) {
    if (now_ms - sample.last_ms >= windows.span_ms()) sample = {0, now_ms, now_ms};
  }
}

bool RateMeter::is_idle(const QuotaWindows& windows, std::int64_t now_ms) const {
  return std::all_of(samples_.begin(), samples_.end(), [&](const Sample& sample) {
    return now_ms - sample.last_ms >= windows.span_ms() || sample.sum == 0;
  });
}

/// From the oldest sample to now, and not less than all windows but the one that is not over: what
/// is added in the first second is no rate of one second.
std::int64_t RateMeter::window_ms(const QuotaWindows& windows, std::int64_t now_ms) const {
  std::int64_t oldest_ms = now_ms;
  for (const Sample& sample : samples_) oldest_ms = std::min(oldest_ms, sample.start_ms);
  std::int64_t elapsed_ms = now_ms - oldest_ms;
  const std::int64_t whole = elapsed_ms / windows.size_ms;
  if (whole < windows.count - 1) elapsed_ms += (windows.count - 1 - whole) * windows.size_ms;
  return std::max<std::int64_t>(elapsed_ms, 1);
}

double RateMeter::per_second(const QuotaWindows& windows, std::int64_t now_ms) {
  forget_old(windows, now_ms);
  double sum = 0;
  for (const Sample& sample : samples_) sum += sample.sum;
  return sum * kMsPerSecond / static_cast<double>(window_ms(windows, now_ms));
}

std::int64_t RateMeter::wait_ms(double bound, const QuotaWindows& windows, std::int64_t now_ms) {
  const double rate = per_second(windows, now_ms);
  if (rate <= bound) return 0;
  return rounded_ms((rate - bound) / bound * static_cast<double>(window_ms(windows, now_ms)));
}

void TokenMeter::refill(double bound, const QuotaWindows& windows, std::int64_t now_ms) {
  tokens_ += bound * static_cast<double>(now_ms - updated_ms_) / kMsPerSecond;
  tokens_ = std::min(tokens_, burst_of(bound, windows));
  bound_ = bound;
  updated_ms_ = now_ms;
}

void TokenMeter::take(double amount, double bound, const QuotaWindows& windows,
                      std::int64_t now_ms) {
  refill(bound, windows, now_ms);
  tokens_ -= amount;
}

std::int64_t TokenMeter::wait_ms(double bound, const QuotaWindows& windows, std::int64_t now_ms) {
  refill(bound, windows, now_ms);
  return tokens_ < 0 ? rounded_ms(-tokens_ / bound * kMsPerSecond) : 0;
}

bool TokenMeter::is_idle(const QuotaWindows& windows, std::int64_t now_ms) const {
  const double refilled = bound_ * static_cast<double>(now_ms - updated_ms_) / kMsPerSecond;
  return tokens_ + refilled >= burst_of(bound_, windows);
}

}  // namespace kreel::broker
