#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/streams.hpp"

namespace kreel::cli {

struct ProgressOptions {
  std::string unit = "records";       // what `done` counts
  bool in_bytes = false;              // `done` and `total` are bytes, shown as KiB and MiB
  std::optional<std::int64_t> total;  // without it there is no bar and no time left
};

// A line on stderr that is redrawn: bar, count, rate, time left. It draws on a terminal only, at
// most ten times a second, and cleans up after itself.
class Progress {
 public:
  // Draws nothing when stderr is no terminal or `quiet`. `now_ms` must never go back.
  Progress(Streams& streams, bool quiet, std::function<std::int64_t()> now_ms,
           ProgressOptions options);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::int64_t done);
  // Takes the line off the terminal, for a message or at the end. The next update draws it again.
  void clear();

 private:
  std::string line(std::int64_t done, std::int64_t now_ms) const;
  std::string amount(std::int64_t value) const;

  Streams& streams_;
  bool active_;
  std::function<std::int64_t()> now_ms_;
  ProgressOptions options_;
  std::int64_t started_ms_;
  std::int64_t next_draw_ms_;
  bool drawn_ = false;
};

}  // namespace kreel::cli
