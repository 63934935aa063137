#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/exec_worker.hpp"

namespace kreel::cli {

// The command of `kreel pipe`: given a batch of lines and printing any number of them, or, when it
// stays, given a line and answering it with one. What it printed is in output().
class PipeWorker : public ExecWorker {
 public:
  using ExecWorker::ExecWorker;

  // What the next start() writes to it.
  void give(std::string text) { text_ = std::move(text); }
  // What it did wrong while nobody waited for it; empty: nothing.
  const std::string& complaint() const { return complaint_; }

 protected:
  std::string text_;
  std::string complaint_;
};

std::unique_ptr<PipeWorker> make_pipe_worker(const ExecCommand& command, const ProcessGuard& guard);

// One line for sh -c: a single word is one already, several are a command and its arguments.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace kreel::cli
