#include "cli/exec_job.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <kreel/text.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"

// Reading records, giving them to workers, and what becomes of them. Endings are in exec_stop.cpp.

namespace kreel::cli {
namespace {

constexpr std::int64_t kTurnMs = 100;
constexpr std::int64_t kLetterTurnMs = 10;
constexpr std::int64_t kEndLookMs = 100;
constexpr int kReadsPerTurn = 256;
constexpr std::size_t kQueueRecordsMax = 1'000;
constexpr std::size_t kQueueBytesMax = 32 * 1024 * 1024;
constexpr std::int64_t kBackoffMsMax = 60'000;

}  // namespace

ExecJob::ExecJob(CommandContext& context, ExecSettings settings, RecordFilter& filter,
                 const ProcessGuard& guard, GroupEnd* end, DeadLetters* letters)
    : context_(context),
      settings_(std::move(settings)),
      filter_(filter),
      end_(end),
      letters_(letters),
      output_(context.streams().out, workers_) {
  for (int number = 0; number < settings_.workers; ++number) {
    workers_.push_back(make_exec_worker(settings_.command, guard, number));
  }
  if (letters_ == nullptr) return;
  letters_->on_answer([this](std::uint64_t id, const Error* error) { letter_answered(id, error); });
}

Result<ExitCode> ExecJob::run(Consumer& consumer, const StopRequests& stop, Progress& progress) {
  consumer_ = &consumer;
  stop_ = &stop;
  last_record_ms_ = steady_ms();
  while (goes_on()) {
    if (auto done = read(); !done) {
      read_error_ = std::move(done).error();
      break;
    }
    if (reading_ != Reading::kOn && !any_work()) break;
    progress.update(finished_);
    turn(more_at_hand_ ? 0 : kTurnMs);
  }
  progress.clear();
  return wind_up();
}

bool ExecJob::goes_on() const {
  return !stop_->requested() && context_.streams().out.ok();
}

// With a list of priorities little is taken ahead: what is here already goes before what comes.
bool ExecJob::has_room() const {
  const std::size_t records_max =
      settings_.priority.empty() ? kQueueRecordsMax : 4 * workers_.size();
  return queue_.size() == 0 || (queue_.size() < records_max && queue_.bytes() < kQueueBytesMax);
}

Result<void> ExecJob::read() {
  more_at_hand_ = false;
  for (int i = 0; i < kReadsPerTurn; ++i) {
    // A member has to poll also while it takes no records.
    if (reading_ == Reading::kOn && has_room()) {
      consumer_->resume();
    } else {
      consumer_->pause();
      last_record_ms_ = steady_ms();
    }
    TRY_ASSIGN(const Polled polled, consumer_->poll(0));
    switch (polled) {
      case Polled::kRecord:
        take(consumer_->record());
        break;
      case Polled::kNothing:
        quiet();
        return {};
      case Polled::kFinished:
      case Polled::kStopped:
        reading_ = Reading::kDone;
        return {};
    }
  }
  more_at_hand_ = true;
  return {};
}

void ExecJob::take(const RecordView& record) {
  const std::int64_t before_ms = std::exchange(last_record_ms_, steady_ms());
  if (end_ != nullptr && !end_->accept(record)) return;
  const TopicPartition at{std::string(record.topic), record.partition.value_or(-1)};
  const std::int64_t offset = record.offset.value_or(-1);
  offsets_.begin(at, offset);
  if (!filter_.accepts(record)) {
    mark(at, offsets_.finish(at, offset));
    if (!settings_.limits.is_news(record)) last_record_ms_ = before_ms;
    return;
  }
  const auto rank = std::ranges::find(settings_.priority, record.topic);
  queue_.push(Record::copy_of(record), static_cast<int>(rank - settings_.priority.begin()));
  ++accepted_;
  if (settings_.limits.records && accepted_ >= *settings_.limits.records) reading_ = Reading::kDone;
}

void ExecJob::quiet() {
  if (reading_ != Reading::kOn) return;
  const std::int64_t now_ms = steady_ms();
  const auto& idle = settings_.limits.idle;
  // Who does not answer has said neither that this is the end nor that there is nothing.
  if (!consumer_->is_reachable()) {
    last_record_ms_ = now_ms;
    return;
  }
  if (idle && !any_work() && now_ms - last_record_ms_ >= idle->count()) reading_ = Reading::kIdle;
  // It asks the broker.
  if (end_ == nullptr || now_ms - std::max(last_record_ms_, end_looked_ms_) < kEndLookMs) return;
  end_looked_ms_ = now_ms;
  if (end_->reached(consumer_->positions())) reading_ = Reading::kDone;
}

// The end is looked at again.
void ExecJob::go_on_reading() {
  const auto& limit = settings_.limits.records;
  if (reading_ == Reading::kDone && !failure_ && (!limit || accepted_ < *limit)) {
    reading_ = Reading::kOn;
  }
}

void ExecJob::turn(std::int64_t wait_ms, bool with_consumer) {
  const std::int64_t now_ms = steady_ms();
  for (const auto& worker : workers_) {
    if (!worker->is_free()) continue;
    ExecTask* task = queue_.next(now_ms);
    if (task == nullptr) break;
    worker->start(*task, now_ms);
  }
  poll_set_.clear();
  for (const auto& worker : workers_) worker->watch(poll_set_);
  output_.watch(poll_set_);
  if (!stop_->requested()) poll_set_.add(stop_->descriptor(), POLLIN);
  if (with_consumer) poll_set_.add(consumer_->descriptor(), POLLIN);
  poll_set_.wait(wait_limit_ms(wait_ms));
  const std::int64_t after_ms = steady_ms();
  for (const auto& worker : workers_) worker->advance(poll_set_, after_ms);
  output_.advance(poll_set_);
  if (letters_ != nullptr) letters_->poll();
  for (const auto& worker : workers_) {
    ExecTask* task = worker->task();
    if (const auto outcome = worker->take_outcome()) settle(*task, *outcome);
  }
}

std::int64_t ExecJob::wait_limit_ms(std::int64_t wait_ms) const {
  const std::int64_t now_ms = steady_ms();
  std::int64_t limit = wait_ms;
  if (!letters_under_way_.empty()) limit = std::min(limit, kLetterTurnMs);
  for (const auto& worker : workers_) {
    if (worker->has_outcome()) return 0;
    std::optional<std::int64_t> due_ms = worker->due_ms();
    if (worker->is_free()) due_ms = queue_.next_due_ms();
    if (due_ms) limit = std::min(limit, *due_ms - now_ms);
  }
  return std::max<std::int64_t>(0, limit);
}

void ExecJob::settle(ExecTask& task, const ExecOutcome& outcome) {
  if (task.abandoned) {
    forget(task);
    return;
  }
  if (outcome.succeeded) {
    finish(task);
    return;
  }
  ++task.attempts;
  const bool again =
      !outcome.is_final && !outcome.is_of_command() && task.attempts <= settings_.retries;
  if (context_.globals().verbose > 0) {
    context_.note(fmt::format("{}: {} (attempt {} of {})", name_of(task), outcome.cause,
                              task.attempts, settings_.retries + 1));
  }
  if (again) {
    const std::int64_t first_ms = settings_.backoff.count();
    const std::int64_t most_ms = std::max(first_ms, kBackoffMsMax);
    const auto doublings = std::min<std::int64_t>(task.attempts - 1, 20);
    queue_.retry(task, steady_ms() + std::min(first_ms << doublings, most_ms));
    return;
  }
  give_up(task, outcome);
}

void ExecJob::give_up(ExecTask& task, const ExecOutcome& outcome) {
  const std::string cause = task.attempts > 1
                                ? fmt::format("{} ({} attempts)", outcome.cause, task.attempts)
                                : outcome.cause;
  if (outcome.is_of_command()) {
    fail_at(task, fmt::format("the command cannot be run: {}", cause),
            "exit 126 and 127 stop the work, and put no record aside");
    return;
  }
  if (letters_ == nullptr) {
    fail_at(task, cause, "--dead-letter TOPIC puts such records aside and goes on");
    return;
  }
  letters_under_way_[task.id] = {&task, cause};
  if (const auto taken = letters_->write(task, outcome, task.id); !taken) {
    letter_answered(task.id, &taken.error());
  }
}

void ExecJob::letter_answered(std::uint64_t id, const Error* error) {
  const auto found = letters_under_way_.find(id);
  if (found == letters_under_way_.end()) return;  // of a partition that is no longer ours
  ExecTask& task = *found->second.task;
  const std::string cause = std::move(found->second.cause);
  letters_under_way_.erase(found);
  if (error != nullptr) {
    fail_at(task, fmt::format("{}; no dead letter: {}", cause, error->message()), error->hint());
    return;
  }
  context_.note(fmt::format("{}: {}: put into {}", name_of(task), cause, letters_->topic()));
  finish(task);
}

// What stands before it in its partition is still worked on, so that the commit reaches it.
void ExecJob::fail_at(const ExecTask& task, const std::string& why, const std::string& hint) {
  const TopicPartition at = task.at();
  const std::int64_t offset = task.offset();
  const Error error(ErrorKind::kFailed, fmt::format("{}: {}", name_of(task), why), hint);
  forget(task);
  reading_ = Reading::kDone;
  if (failure_ && (at != failure_->at || offset > failure_->offset)) {
    context_.warn(error.message());
    return;
  }
  failure_ = Failure{error, at, offset};
  queue_.drop_waiting(
      [&](const ExecTask& other) { return other.at() != at || other.offset() > offset; });
}

void ExecJob::finish(const ExecTask& task) {
  mark(task.at(), offsets_.finish(task.at(), task.offset()));
  ++finished_;
  queue_.done(task);
}

void ExecJob::forget(const ExecTask& task) {
  --accepted_;
  queue_.done(task);
}

void ExecJob::mark(const TopicPartition& at, std::optional<std::int64_t> next) {
  if (!next) return;
  RecordView mark;
  mark.topic = at.topic;
  mark.partition = at.partition;
  mark.offset = *next - 1;
  consumer_->mark_written(mark);
}

std::string ExecJob::name_of(const ExecTask& task) {
  return fmt::format("{}@{}", task.at().to_string(), task.offset());
}

}  // namespace kreel::cli
