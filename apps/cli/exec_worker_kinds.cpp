#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/exec_environment.hpp"
#include "cli/exec_worker.hpp"

// The two ways in which a command gets records.

namespace kreel::cli {
namespace {

constexpr std::size_t kOutputBytesMax = 1024 * 1024;
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
constexpr std::int64_t kEndAfterOutputMs = 1'000;

// A process for each record: its value on stdin, the rest in the environment; the exit code tells.
class RecordWorker : public ExecWorker {
 public:
  using ExecWorker::ExecWorker;
  ~RecordWorker() override = default;

  bool output_is_due() const override {
    return !output_.empty() && (!process_ || output_.size() >= kOutputBytesMax);
  }

 protected:
  Result<void> begin(const ExecTask& task) override {
    TRY(start_process(record_environment(command_.environment, task, number_)));
    set_input(task.record.value.value_or(""));
    write_input();
    return {};
  }
  bool wants_output() const override { return output_.size() < kOutputBytesMax; }
  void input_written() override { close_input(); }
  void output_came() override { read_output(kOutputBytesMax); }
  void ended(const ProcessEnd& end) override {
    if (end.succeeded() && !terminated_) {
      finish({.succeeded = true});
    } else {
      finish(failed(end, {}));
    }
  }
  // The record counts once all of its output has been passed on.
  bool settled() const override { return output_.empty(); }
};

// A process that stays: a record as a line of JSON in, `ok` or `fail TEXT` out.
class LineWorker : public ExecWorker {
 public:
  using ExecWorker::ExecWorker;
  ~LineWorker() override = default;

 protected:
  Result<void> begin(const ExecTask& task) override {
    violation_.clear();
    if (process_) {
      read_output(1);
      // It has ended, or would take an old answer for this one's.
      if (!output_.empty() || !process_->output().is_open()) process_.reset();
    }
    if (!process_) TRY(start_process(worker_environment(command_.environment, number_)));
    RecordViewBuffer view;
    std::string line;
    append_jsonl(view.view_of(task.record), line);
    set_input(std::move(line));
    write_input();
    return {};
  }

  void output_came() override {
    read_output(kAnswerBytesMax);
    const std::size_t end = output_.find('\n');
    if (task_ == nullptr) {
      const bool is_farewell = !process_->input().is_open();
      if (!output_.empty() && !is_farewell) terminate_now();
      output_.clear();
    } else if (end != std::string::npos) {
      answer(std::string_view(output_).substr(0, end), end + 1 == output_.size());
    } else if (output_.size() >= kAnswerBytesMax) {
      violate(fmt::format("an answer of more than {} bytes", kAnswerBytesMax));
    } else if (!process_->output().is_open()) {
      kill_after(kEndAfterOutputMs);  // it should be about to end
    }
  }

  void ended(const ProcessEnd& end) override {
    output_.clear();
    if (task_ == nullptr) return;
    finish(failed(
        end, end.succeeded() && violation_.empty() ? "it ended without an answer" : violation_));
  }

 private:
  void answer(std::string_view line, bool is_all) {
    const bool failed = line == "fail" || line.starts_with("fail ");
    if (!is_all) {
      violate("more than one answer to a record");
    } else if (!input_.empty()) {
      violate("an answer before the record was read");
    } else if (line == "ok") {
      finish({.succeeded = true});
    } else if (failed) {
      finish({.cause = line.size() > 5 ? std::string(line.substr(5)) : "fail"});
    } else {
      violate(fmt::format("its answer is neither ok nor fail: \"{}\"",
                          escape_control(line.substr(0, 80))));
    }
    output_.clear();
  }

  // What it says next would be taken for the answer to another record.
  void violate(std::string cause) {
    violation_ = std::move(cause);
    terminate_now();
  }

  void terminate_now() {
    process_->output().reset();
    kill_after(0);
  }

  std::string violation_;
};

}  // namespace

std::unique_ptr<ExecWorker> make_exec_worker(const ExecCommand& command, const ProcessGuard& guard,
                                             int number) {
  if (command.persistent) return std::make_unique<LineWorker>(command, guard, number);
  return std::make_unique<RecordWorker>(command, guard, number);
}

}  // namespace kreel::cli
