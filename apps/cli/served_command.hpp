#pragma once

#include <sys/signalfd.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kreel/result.hpp>

#include "cli/descriptors.hpp"
#include "cli/exit_code.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

// The CMD of `kreel serve -- CMD`: a process with this one's stdin and stdout, in its process
// group, so that the terminal is its own as well. A keeper between the two kills what CMD has left
// when it has ended, and all of it with us.
class ServedCommand {
 public:
  static constexpr std::int64_t kGraceMs = 10'000;

  // Where it cannot be run: env(1)'s codes, 127 not found and 126 otherwise.
  struct NotRun {
    ExitCode code;
    Error error;
  };
  // `environment` is all that it gets; `mask` the signals that it blocks.
  std::optional<NotRun> start(const std::vector<std::string>& words, const Environment& environment,
                              const sigset_t& mask);

  // A signal that this process got. A stop is passed on unless the terminal has sent it to the
  // child as well; then the child has kGraceMs. A second stop, or the end of that time, kills it.
  void take(const signalfd_siginfo& signal, std::int64_t now_ms);
  // Kills it when its time is over; how long until then, -1 while there is no such time.
  int wait_ms(std::int64_t now_ms);
  // Its exit code, 128+n when signal n ended it, once it has ended.
  std::optional<ExitCode> exit();

 private:
  void send(int number) const;

  pid_t keeper_ = -1;
  Descriptor child_;  // refers to the process; none when it has ended before we looked
  std::optional<std::int64_t> kill_at_ms_;
};

}  // namespace kreel::cli
