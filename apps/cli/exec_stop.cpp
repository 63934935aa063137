#include <algorithm>

#include "cli/client_log.hpp"
#include "cli/exec_job.hpp"
#include "cli/report.hpp"

// How work ends that is not finished: partitions that are given up, signals, the end of the job.

namespace kreel::cli {
namespace {

constexpr std::int64_t kStopTurnMs = 50;
// The other members wait for it.
constexpr std::int64_t kRevokeMs = 10'000;
constexpr std::int64_t kGraceMs = 200;
// A stop is over within 2 s, with what comes after: grace, processes that stay, the group.
constexpr std::int64_t kStopMs = 2'000;
constexpr std::int64_t kStopWorkMs = 500;
constexpr std::int64_t kCloseMsMin = 300;
constexpr std::int64_t kErrorWorkMs = 2'000;
// For processes that stay, once they see the end of their input.
constexpr std::int64_t kFarewellMs = 5'000;
constexpr std::int64_t kFarewellOnStopMs = 200;

}  // namespace

void ExecJob::revoked(const std::vector<TopicPartition>& partitions, bool lost) {
  if (consumer_ == nullptr) return;
  const auto fits = [&](const ExecTask& task) {
    return std::ranges::binary_search(partitions, task.at());
  };
  accepted_ -= queue_.drop_waiting(fits);
  if (!lost) work_until(steady_ms() + kRevokeMs, fits);
  abandon(fits, lost ? 0 : kGraceMs);
  for (const TopicPartition& at : partitions) offsets_.drop(at);
  // Whoever has them now works on those that were dropped, and we on others.
  go_on_reading();
}

void ExecJob::work_until(std::int64_t deadline_ms, const Fits& fits) {
  const bool was_stopped = stop_->requested();
  while (any_running(fits) && steady_ms() < deadline_ms && context_.streams().out.ok() &&
         stop_->requested() == was_stopped) {
    turn(kStopTurnMs, false);
    accepted_ -= queue_.drop_waiting(fits);
  }
}

bool ExecJob::any_running(const Fits& fits) const {
  return std::ranges::any_of(workers_,
                             [&](const auto& worker) {
                               return worker->task() != nullptr && fits(*worker->task());
                             }) ||
         std::ranges::any_of(letters_under_way_,
                             [&](const auto& letter) { return fits(*letter.second.task); });
}

// Whatever comes of it counts no more.
void ExecJob::abandon(const Fits& fits, std::int64_t grace_ms) {
  for (auto letter = letters_under_way_.begin(); letter != letters_under_way_.end();) {
    const ExecTask& task = *letter->second.task;
    if (!fits(task)) {
      ++letter;
      continue;
    }
    letter = letters_under_way_.erase(letter);
    forget(task);
  }
  for (const auto& worker : workers_) {
    if (worker->task() == nullptr || !fits(*worker->task())) continue;
    worker->task()->abandoned = true;
    worker->abandon(steady_ms(), grace_ms);
  }
  while (any_running(fits)) {
    turn(kStopTurnMs, false);
    accepted_ -= queue_.drop_waiting(fits);
  }
  accepted_ -= queue_.drop_waiting(fits);
}

void ExecJob::end_processes(std::int64_t patience_ms) {
  const auto any = [this] {
    return std::ranges::any_of(workers_, [](const auto& worker) { return worker->has_process(); });
  };
  for (const auto& worker : workers_) worker->close_input();
  const std::int64_t deadline_ms = steady_ms() + patience_ms;
  const bool was_stopped = stop_->requested();
  while (any() && steady_ms() < deadline_ms && stop_->requested() == was_stopped) {
    turn(kStopTurnMs, false);
  }
  for (const auto& worker : workers_) worker->terminate(steady_ms(), kGraceMs);
  while (any()) turn(kStopTurnMs, false);
}

Result<ExitCode> ExecJob::wind_up() {
  const std::int64_t started_ms = steady_ms();
  const auto all = [](const ExecTask&) { return true; };
  const bool in_time = !stop_->requested();
  if (stop_->requested() || read_error_ || !context_.streams().out.ok()) {
    queue_.drop_waiting(all);
    work_until(started_ms + (in_time ? kErrorWorkMs : kStopWorkMs), all);
    abandon(all, kGraceMs);
  }
  end_processes(in_time ? kFarewellMs : kFarewellOnStopMs);
  if (in_time && reading_ == Reading::kDone && !read_error_ && !failure_) {
    consumer_->pass_markers(kMarkersMs);
  }
  const std::int64_t used_ms = in_time ? 0 : steady_ms() - started_ms;
  const auto closed = consumer_->close(std::max(kCloseMsMin, kStopMs - kGraceMs - used_ms));
  // The record that stopped the job is told also when somebody stops it meanwhile.
  if (failure_ && stop_->requested()) report_error(context_.streams(), failure_->error, false);
  if (const auto code = stop_->exit()) {
    if (!closed) report_error(context_.streams(), closed.error(), false);
    return *code;
  }
  if (read_error_) return fail(*read_error_);
  if (failure_) return fail(failure_->error);
  if (!closed) return fail(closed.error());
  if (reading_ == Reading::kIdle && settings_.limits.records) {
    return fail(too_few_records(accepted_, settings_.limits));
  }
  return ExitCode::kDone;
}

}  // namespace kreel::cli
