#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include <kreel/result.hpp>

#include "cli/descriptors.hpp"
#include "cli/process_guard.hpp"

namespace kreel::cli {

// How a process ended.
struct ProcessEnd {
  int code = 0;    // of exit(); what the shell calls 128 + signal otherwise
  int signal = 0;  // that killed it
  bool succeeded() const { return code == 0; }
  // "exit 3", "signal 9 (killed)".
  std::string text() const;
};

// `sh -c COMMAND` in a process group of its own, with pipes on its stdin and stdout and our stderr.
// What it leaves running in its group is killed when it has ended, and all of it with us.
class ChildProcess {
 public:
  // `environment`: "NAME=value" each. kBadInput when that is too large for the system.
  static Result<ChildProcess> start(const std::string& command,
                                    const std::vector<std::string>& environment,
                                    const ProcessGuard& guard);
  ChildProcess(ChildProcess&&) noexcept = default;
  ChildProcess& operator=(ChildProcess&&) = delete;
  // Kills it, when it still runs, and reaps it.
  ~ChildProcess();

  // Our ends, not blocking.
  Descriptor& input() { return input_; }
  Descriptor& output() { return output_; }
  // Becomes readable when it has ended.
  int end_descriptor() const { return end_.get(); }
  void signal(int number) const;
  // When it has ended; what is in its stdout can be read afterwards.
  std::optional<ProcessEnd> reap();

 private:
  ChildProcess(pid_t pid, const ProcessGuard& guard) : pid_(pid), guard_(&guard) {}

  struct Pid {
    explicit Pid(pid_t number) : value(number) {}
    Pid(Pid&& other) noexcept : value(other.value) { other.value = -1; }
    pid_t value;
  };
  Pid pid_;
  const ProcessGuard* guard_;
  Descriptor end_;
  Descriptor input_;
  Descriptor output_;
};

}  // namespace kreel::cli
