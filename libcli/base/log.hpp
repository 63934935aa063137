#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kreel::log {

enum class Level : int { kError, kWarning, kInfo, kDebug };

/// One line on stderr: "kreel: <level>: <message>"; control bytes in `message` are escaped.
/// Thread-safe. Lines above the level that set_level() chose are dropped.
void write(Level level, std::string_view message);

inline void error(std::string_view message) {
  write(Level::kError, message);
}
inline void warning(std::string_view message) {
  write(Level::kWarning, message);
}
inline void info(std::string_view message) {
  write(Level::kInfo, message);
}
inline void debug(std::string_view message) {
  write(Level::kDebug, message);
}

/// Default: kInfo. Thread-safe.
void set_level(Level level);

/// Lets one line through per interval and counts the rest, for causes that a stranger on the
/// network can repeat at will. Thread-safe.
class RateLimited {
 public:
  explicit RateLimited(std::int64_t interval_ms) : interval_ms_(interval_ms) {}
  /// Writes the line (with "(N more like this)" for those held back) or counts it.
  void write(Level level, std::string_view message);

 private:
  std::int64_t interval_ms_;
  std::int64_t next_allowed_ms_ = 0;
  std::uint64_t held_back_ = 0;
};

}  // namespace kreel::log
