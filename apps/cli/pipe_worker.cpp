#include "cli/pipe_worker.hpp"

#include <fmt/format.h>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/exec_environment.hpp"

namespace kreel::cli {
namespace {

// Not read further until what is there has been taken.
constexpr std::size_t kBatchOutputBytesMax = 32 * 1024 * 1024;
constexpr std::size_t kLineBytesMax = 16 * 1024 * 1024;
constexpr std::int64_t kEndAfterClosingMs = 1'000;
constexpr std::string_view kSurplus = "it printed more lines than it was given";

// A process for each batch; the exit code tells whether its output counts.
class BatchWorker : public PipeWorker {
 public:
  using PipeWorker::PipeWorker;
  ~BatchWorker() override = default;

 protected:
  Result<void> begin(const ExecTask&) override {
    TRY(start_process(worker_environment(command_.environment, number_)));
    set_input(std::move(text_));
    write_input();
    return {};
  }
  bool wants_output() const override { return output_.size() < kBatchOutputBytesMax; }
  void input_written() override { close_input(); }
  void output_came() override { read_output(kBatchOutputBytesMax); }
  void ended(const ProcessEnd& end) override {
    if (end.succeeded() && !terminated_) {
      finish({.succeeded = true});
    } else {
      finish(failed(end, {}));
    }
  }
};

// A process that stays: a line in, a line out.
class AnswerWorker : public PipeWorker {
 public:
  using PipeWorker::PipeWorker;
  ~AnswerWorker() override = default;

 protected:
  Result<void> begin(const ExecTask&) override {
    violation_.clear();
    if (process_) {
      read_output(1);
      note_surplus();
      if (!process_->output().is_open()) await_end();
    }
    if (!complaint_.empty()) return fail(ErrorKind::kFailed, complaint_);
    if (!process_) TRY(start_process(worker_environment(command_.environment, number_)));
    output_.clear();
    set_input(std::move(text_));
    write_input();
    return {};
  }

  void output_came() override {
    read_output(kLineBytesMax);
    if (task_ == nullptr) {
      note_surplus();
      return;
    }
    const std::size_t end = output_.find('\n');
    if (end != std::string::npos) {
      answer(end);
    } else if (output_.size() >= kLineBytesMax) {
      violate(fmt::format("it printed a line of more than {}",
                          format_size(static_cast<std::int64_t>(kLineBytesMax))));
    } else if (!process_->output().is_open()) {
      kill_after(kEndAfterClosingMs);  // it should be about to end
    }
  }

  void ended(const ProcessEnd& end) override {
    if (task_ == nullptr) note_surplus();
    if (task_ == nullptr || has_outcome()) {
      if (!end.succeeded() && !terminated_ && complaint_.empty()) complaint_ = end.text();
      return;
    }
    if (end.succeeded() && violation_.empty()) {
      violation_ = "it ended and left the record unanswered";
    }
    finish(failed(end, violation_));
  }

 private:
  void answer(std::size_t end) {
    if (end + 1 != output_.size()) {
      violate("it printed more than one line for a record");
    } else if (!input_.empty()) {
      violate("it printed a line before it had read the record");
    } else {
      output_.resize(end);
      finish({.succeeded = true});
    }
  }

  void note_surplus() {
    if (!output_.empty() && !abandoned_ && complaint_.empty()) complaint_ = kSurplus;
    output_.clear();
  }

  // It has closed its stdout between two records, and is about to end. When that goes well, another
  // process takes its place.
  void await_end() {
    const std::int64_t deadline_ms = steady_ms() + kEndAfterClosingMs;
    std::optional<ProcessEnd> end = process_->reap();
    while (!end && steady_ms() < deadline_ms) {
      PollSet set;
      set.add(process_->end_descriptor(), POLLIN);
      set.wait(kEndAfterClosingMs);
      end = process_->reap();
    }
    if (end && !end->succeeded() && complaint_.empty()) complaint_ = end->text();
    process_.reset();
  }

  // Whatever it prints next would be taken for the answer to another record.
  void violate(std::string cause) {
    violation_ = std::move(cause);
    process_->output().reset();
    kill_after(0);
  }

  std::string violation_;
};

std::string shell_word(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + '\'';
}

}  // namespace

std::unique_ptr<PipeWorker> make_pipe_worker(const ExecCommand& command,
                                             const ProcessGuard& guard) {
  if (command.persistent) return std::make_unique<AnswerWorker>(command, guard, 0);
  return std::make_unique<BatchWorker>(command, guard, 0);
}

std::string shell_line(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::string line = "exec";
  for (const std::string& word : words) line += ' ' + shell_word(word);
  return line;
}

}  // namespace kreel::cli
