#include "cli/progress.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

namespace kreel::cli {
namespace {

constexpr std::int64_t kRedrawMs = 100;
constexpr std::size_t kBarColumns = 20;

std::string clock_text(std::int64_t seconds) {
  if (seconds >= 3600) {
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

}  // namespace

Progress::Progress(Streams& streams, bool quiet, std::function<std::int64_t()> now_ms,
                   ProgressOptions options)
    : streams_(streams),
      active_(streams.err_is_terminal && !quiet),
      now_ms_(std::move(now_ms)),
      options_(std::move(options)),
      started_ms_(now_ms_()),
      // Work that is done at once shows no bar at all.
      next_draw_ms_(started_ms_ + kRedrawMs) {}

std::string Progress::amount(std::int64_t value) const {
  return options_.in_bytes ? format_size(value) : with_thousands(value);
}

std::string Progress::line(std::int64_t done, std::int64_t now_ms) const {
  std::string text;
  const double elapsed_s =
      static_cast<double>(std::max<std::int64_t>(1, now_ms - started_ms_)) / 1e3;
  const double rate = static_cast<double>(done) / elapsed_s;
  const std::int64_t total = options_.total.value_or(0);
  if (total > 0) {
    const double part =
        std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
    const auto full = static_cast<std::size_t>(part * kBarColumns);
    text += fmt::format("[{}{}] {:3.0f}%  ", std::string(full, '#'),
                        std::string(kBarColumns - full, '.'), part * 100);
  }
  text += amount(done);
  if (total > 0) text += " of " + amount(total);
  if (!options_.in_bytes) text += " " + options_.unit;
  text += fmt::format("  {}/s", amount(static_cast<std::int64_t>(rate)));
  if (total > done && rate > 0) {
    const auto left_s = static_cast<double>(total - done) / rate;
    text += fmt::format("  {} left", clock_text(static_cast<std::int64_t>(left_s) + 1));
  }
  return text.substr(0, static_cast<std::size_t>(std::max(20, streams_.width - 1)));
}

void Progress::update(std::int64_t done) {
  if (!active_) return;
  const std::int64_t now = now_ms_();
  if (now < next_draw_ms_) return;
  next_draw_ms_ = now + kRedrawMs;
  streams_.err.write("\r" + line(done, now) + "\x1b[K");
  streams_.err.flush_now();
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  streams_.err.write("\r\x1b[K");
  streams_.err.flush_now();
  drawn_ = false;
}

}  // namespace kreel::cli
