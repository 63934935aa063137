#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kreel/consumer.hpp>

#include "cli/consume_job.hpp"
#include "cli/dead_letters.hpp"
#include "cli/exec_output.hpp"
#include "cli/exec_queue.hpp"
#include "cli/offset_tracker.hpp"

namespace kreel::cli {

struct ExecSettings {
  ExecCommand command;
  int workers = 1;
  std::int64_t retries = 0;
  std::chrono::milliseconds backoff{500};  // before the first retry; doubles, up to a minute
  std::vector<std::string> priority;       // topics whose records go first
  ConsumeLimits limits;
};

// Reads records and runs a command for each, several at a time, and commits only what has nothing
// unfinished before it. One thread, which waits for the broker and the processes together.
class ExecJob {
 public:
  // All of them outlive the job. `end` and `letters` may be null.
  ExecJob(CommandContext& context, ExecSettings settings, RecordFilter& filter,
          const ProcessGuard& guard, GroupEnd* end, DeadLetters* letters);

  // For ConsumerOptions::on_assignment: there may be more to read before the end.
  void assigned() { go_on_reading(); }
  // For ConsumerOptions::on_revoked. Work on these partitions gets a little time to end, the rest
  // of it is abandoned.
  void revoked(const std::vector<TopicPartition>& partitions, bool lost);
  // Closes the consumer as well.
  Result<ExitCode> run(Consumer& consumer, const StopRequests& stop, Progress& progress);

 private:
  enum class Reading { kOn, kDone, kIdle };
  using Fits = std::function<bool(const ExecTask&)>;

  bool goes_on() const;
  Result<void> read();
  void take(const RecordView& record);
  void quiet();
  void go_on_reading();
  bool has_room() const;
  bool any_work() const { return queue_.size() > 0; }
  // Starts what can be started, waits for something to happen, at most `wait_ms`, and goes on.
  void turn(std::int64_t wait_ms, bool with_consumer = true);
  std::int64_t wait_limit_ms(std::int64_t wait_ms) const;
  void settle(ExecTask& task, const ExecOutcome& outcome);
  void give_up(ExecTask& task, const ExecOutcome& outcome);
  void letter_answered(std::uint64_t id, const Error* error);
  void fail_at(const ExecTask& task, const std::string& why, const std::string& hint);
  void finish(const ExecTask& task);
  void forget(const ExecTask& task);
  void mark(const TopicPartition& at, std::optional<std::int64_t> next);
  static std::string name_of(const ExecTask& task);

  // Goes on with those that run, and starts none of them again.
  void work_until(std::int64_t deadline_ms, const Fits& fits);
  bool any_running(const Fits& fits) const;
  void abandon(const Fits& fits, std::int64_t grace_ms);
  void end_processes(std::int64_t patience_ms);
  Result<ExitCode> wind_up();

  CommandContext& context_;
  ExecSettings settings_;
  RecordFilter& filter_;
  GroupEnd* end_;
  DeadLetters* letters_;
  std::vector<std::unique_ptr<ExecWorker>> workers_;
  ExecOutput output_;
  PollSet poll_set_;

  Consumer* consumer_ = nullptr;
  const StopRequests* stop_ = nullptr;
  Reading reading_ = Reading::kOn;
  bool more_at_hand_ = false;  // the consumer was not asked until it had nothing
  OffsetTracker offsets_;
  ExecQueue queue_;
  std::int64_t accepted_ = 0;  // records for the command, without those that were dropped
  std::int64_t finished_ = 0;
  std::int64_t last_record_ms_ = 0;
  std::int64_t end_looked_ms_ = 0;

  struct Letter {
    ExecTask* task = nullptr;
    std::string cause;
  };
  std::map<std::uint64_t, Letter> letters_under_way_;  // by the task's id

  // The record that stops the job.
  struct Failure {
    Error error;
    TopicPartition at;
    std::int64_t offset = 0;
  };
  std::optional<Failure> failure_;
  std::optional<Error> read_error_;
};

}  // namespace kreel::cli
