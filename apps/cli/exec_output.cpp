#include "cli/exec_output.hpp"

#include <limits.h>
#include <unistd.h>

#include <algorithm>

namespace kreel::cli {
namespace {

// A pipe that is ready takes so much at once.
constexpr std::size_t kChunkBytes = PIPE_BUF;
constexpr int kChunksPerTurn = 64;

}  // namespace

void ExecOutput::watch(PollSet& set) {
  index_.reset();
  if (current_ == nullptr) {
    const auto due = std::ranges::find_if(
        workers_, [](const auto& worker) { return worker->output_is_due(); });
    if (due != workers_.end()) current_ = due->get();
  }
  if (current_ != nullptr && !current_->output().empty()) {
    index_ = set.add(STDOUT_FILENO, POLLOUT);
  }
}

void ExecOutput::advance(const PollSet& set) {
  if (current_ == nullptr) return;
  if (index_ && set.ready(*index_)) write(current_->output());
  // Looked at in each turn, so before the worker begins another record.
  if (!current_->has_process() && current_->output().empty()) current_ = nullptr;
}

void ExecOutput::write(std::string& text) {
  std::size_t done = 0;
  PollSet more;
  const std::size_t index = more.add(STDOUT_FILENO, POLLOUT);
  for (int i = 0; i < kChunksPerTurn && done < text.size() && out_.ok(); ++i) {
    if (i > 0) more.wait(0);
    if (i > 0 && !more.ready(index)) break;
    const std::string_view chunk = std::string_view(text).substr(done, kChunkBytes);
    out_.write(chunk);
    out_.flush_now();
    if (out_.ok()) done += chunk.size();
  }
  text.erase(0, done);
}

}  // namespace kreel::cli
