#include "base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace kreel::log {
namespace {

std::atomic<Level> current_level{Level::kInfo};
std::mutex rate_limit_mutex;

std::string_view name(Level level) {
  switch (level) {
    case Level::kError:
      return "error: ";
    case Level::kWarning:
      return "warning: ";
    case Level::kInfo:
      return "";
    case Level::kDebug:
      return "debug: ";
  }
  return "";
}

}  // namespace

void write(Level level, std::string_view message) {
  if (level > current_level.load(std::memory_order_relaxed)) return;
  std::string line = "kreel: ";
  line += name(level);
  line += escape_control(message);
  line += '\n';
  // One write per line: lines of several threads do not mix. Nobody can be told of a failure here.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void set_level(Level level) {
  current_level.store(level, std::memory_order_relaxed);
}

void RateLimited::write(Level level, std::string_view message) {
  std::uint64_t held_back = 0;
  {
    const std::lock_guard lock(rate_limit_mutex);
    const std::int64_t now_ms = system_clock().monotonic_ms();
    if (now_ms < next_allowed_ms_) {
      ++held_back_;
      return;
    }
    next_allowed_ms_ = now_ms + interval_ms_;
    held_back = std::exchange(held_back_, 0);
  }
  std::string line(message);
  if (held_back > 0) line += " (" + std::to_string(held_back) + " more like this)";
  log::write(level, line);
}

}  // namespace kreel::log
