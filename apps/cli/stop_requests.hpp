#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "cli/exit_code.hpp"

namespace kreel::cli {

// While it lives, the first SIGINT, SIGTERM or SIGHUP is noted and the second one ends the process
// at once. SIGHUP, the terminal was closed, counts as SIGTERM.
// One at a time. `on_stop` is called from the signal handler: it must be async-signal-safe.
class StopRequests {
 public:
  explicit StopRequests(std::function<void()> on_stop = {});
  ~StopRequests();
  StopRequests(const StopRequests&) = delete;
  StopRequests& operator=(const StopRequests&) = delete;

  // kInterrupted or kTerminated once a signal has come.
  std::optional<ExitCode> exit() const;
  bool requested() const { return exit().has_value(); }
  // What is left of the time that the work has for its end, from the signal on.
  std::int64_t left_ms(std::int64_t limit_ms) const;
  // Becomes readable with the first signal; for poll().
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Around work that cannot be asked to stop: a signal that comes meanwhile ends the process when the
// work is not over a second later. One at a time.
class UninterruptibleWork {
 public:
  UninterruptibleWork();
  ~UninterruptibleWork();
  UninterruptibleWork(const UninterruptibleWork&) = delete;
  UninterruptibleWork& operator=(const UninterruptibleWork&) = delete;
};

}  // namespace kreel::cli
