#pragma once

#include <sys/signalfd.h>

#include <csignal>
#include <optional>

namespace kreel::cli {

// SIGINT, SIGTERM, SIGHUP and SIGCHLD as something to poll. Made before the threads that inherit
// the mask. One that the parent of this process had ignored stays ignored.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int descriptor() const { return descriptor_; }
  // After poll() found it readable.
  std::optional<signalfd_siginfo> take();
  // What this process blocked before: for a process that it starts.
  const sigset_t& mask_before() const { return mask_before_; }

 private:
  sigset_t mask_before_{};
  int descriptor_ = -1;
};

}  // namespace kreel::cli
