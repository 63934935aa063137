#pragma once

#include <sys/types.h>

#include <kreel/result.hpp>

namespace kreel::cli {

// A small process beside this one that kills the process groups of its commands when this one
// ends, by SIGKILL too: PR_SET_PDEATHSIG would reach the shells and not what they started.
class ProcessGuard {
 public:
  static Result<ProcessGuard> start();
  ProcessGuard(ProcessGuard&& other) noexcept;
  ProcessGuard& operator=(ProcessGuard&&) = delete;
  // Ends it; groups that are still known are killed.
  ~ProcessGuard();

  // Async-signal-safe: the new leader of a group calls it between fork and exec.
  void add(pid_t group) const;
  // While the leader is not reaped yet, so that its number is still its own.
  void remove(pid_t group) const;

  static constexpr int kGroupsMax = 1024;

 private:
  ProcessGuard(int descriptor, pid_t pid) : descriptor_(descriptor), pid_(pid) {}
  void tell(pid_t message) const;

  int descriptor_ = -1;
  pid_t pid_ = -1;
};

}  // namespace kreel::cli
