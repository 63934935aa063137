#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/child_process.hpp"
#include "cli/exec_queue.hpp"
#include "cli/poll_set.hpp"
#include "cli/streams.hpp"

namespace kreel::cli {

// What a command is run with.
struct ExecCommand {
  std::string line;  // for sh -c
  bool persistent = false;
  std::optional<std::chrono::milliseconds> timeout;  // of one record
  Environment environment;
};

// How one attempt at a record ended.
struct ExecOutcome {
  bool succeeded = false;
  std::string cause;             // "exit 3", or what the command said
  std::optional<int> exit_code;  // where there is one
  bool is_final = false;         // another attempt would fail alike

  // The shell found no such command, or may not run it: that says nothing of the record.
  bool is_of_command() const { return exit_code == 126 || exit_code == 127; }
};

// One process at a time, and one record at a time. Never waits: the loop that owns it asks
// watch(), waits, and then calls advance().
class ExecWorker {
 public:
  // All outlive it. `number` counts from 0.
  ExecWorker(const ExecCommand& command, const ProcessGuard& guard, int number);
  virtual ~ExecWorker() = default;
  ExecWorker(const ExecWorker&) = delete;
  ExecWorker& operator=(const ExecWorker&) = delete;

  // The record that it works on.
  ExecTask* task() const { return task_; }
  bool is_free() const { return task_ == nullptr && !kill_ms_; }
  void start(ExecTask& task, std::int64_t now_ms);
  void watch(PollSet& set);
  // Goes on with what is ready since watch(), or due.
  void advance(const PollSet& set, std::int64_t now_ms);
  bool has_outcome() const { return outcome_.has_value() && settled(); }
  // Once, when the attempt is over: the worker is free again.
  std::optional<ExecOutcome> take_outcome();
  // Ends the process: by SIGTERM, and after `grace_ms` by SIGKILL.
  void terminate(std::int64_t now_ms, std::int64_t grace_ms);
  // The same, and what it printed is dropped: there is an outcome soon.
  void abandon(std::int64_t now_ms, std::int64_t grace_ms);
  // Nothing more will be asked of it.
  void close_input();
  bool has_process() const { return process_.has_value(); }
  // When it wants to be called at the latest.
  std::optional<std::int64_t> due_ms() const;

  // What the command printed for this record and is not passed on yet.
  std::string& output() { return output_; }
  // It reads no more until its output is passed on, or has nothing more to read.
  virtual bool output_is_due() const { return false; }

 protected:
  virtual Result<void> begin(const ExecTask& task) = 0;
  virtual bool wants_output() const { return true; }
  virtual void input_written() {}
  virtual void output_came() = 0;
  virtual void ended(const ProcessEnd& end) = 0;
  // Whether the outcome may be handed out.
  virtual bool settled() const { return true; }

  Result<void> start_process(const std::vector<std::string>& environment);
  void set_input(std::string text);
  void write_input();
  // Appends to output_ what is there, as long as that is smaller than `bytes_max`.
  void read_output(std::size_t bytes_max);
  void finish(ExecOutcome outcome);
  // By SIGKILL, unless it has ended by then.
  void kill_after(std::int64_t wait_ms);
  // How a process that gave no answer ended.
  ExecOutcome failed(const ProcessEnd& end, std::string cause) const;

  const ExecCommand& command_;
  const ProcessGuard& guard_;
  int number_;
  std::optional<ChildProcess> process_;
  std::string input_;  // until all of it is written
  std::string output_;
  ExecTask* task_ = nullptr;
  bool terminated_ = false;  // by us: its exit code says nothing
  bool abandoned_ = false;

 private:
  void check_time(std::int64_t now_ms);
  void check_end(const PollSet& set);

  std::size_t input_at_ = 0;  // what comes before is written
  std::optional<std::size_t> input_index_;
  std::optional<std::size_t> output_index_;
  std::optional<std::size_t> end_index_;
  std::optional<ExecOutcome> outcome_;
  std::optional<std::int64_t> deadline_ms_;
  std::optional<std::int64_t> kill_ms_;
  bool timed_out_ = false;
};

std::unique_ptr<ExecWorker> make_exec_worker(const ExecCommand& command, const ProcessGuard& guard,
                                             int number);

}  // namespace kreel::cli
