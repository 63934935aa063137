#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cli/exec_worker.hpp"
#include "cli/poll_set.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

// Passes what commands print on to our stdout, one record's output after the other and whole. Never
// waits for whoever reads it.
class ExecOutput {
 public:
  ExecOutput(OutStream& out, const std::vector<std::unique_ptr<ExecWorker>>& workers)
      : out_(out), workers_(workers) {}

  void watch(PollSet& set);
  void advance(const PollSet& set);

 private:
  void write(std::string& text);

  OutStream& out_;
  const std::vector<std::unique_ptr<ExecWorker>>& workers_;
  ExecWorker* current_ = nullptr;  // the one whose output is under way, until it has ended
  std::optional<std::size_t> index_;
};

}  // namespace kreel::cli
