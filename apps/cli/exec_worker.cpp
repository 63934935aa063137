#include "cli/exec_worker.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"

namespace kreel::cli {
namespace {

constexpr std::int64_t kTimeoutGraceMs = 1'000;
constexpr std::int64_t kKillAgainMs = 1'000;
// What may still be in the pipe of a process that has ended.
constexpr std::size_t kPipeBytesMax = 1024 * 1024;

}  // namespace

ExecWorker::ExecWorker(const ExecCommand& command, const ProcessGuard& guard, int number)
    : command_(command), guard_(guard), number_(number) {}

void ExecWorker::start(ExecTask& task, std::int64_t now_ms) {
  task_ = &task;
  outcome_.reset();
  timed_out_ = false;
  abandoned_ = false;
  deadline_ms_.reset();
  if (command_.timeout) deadline_ms_ = now_ms + command_.timeout->count();
  if (const auto begun = begin(task); !begun) {
    finish({.cause = begun.error().message(),
            .is_final = begun.error().kind() == ErrorKind::kBadInput});
  }
}

void ExecWorker::watch(PollSet& set) {
  input_index_.reset();
  output_index_.reset();
  end_index_.reset();
  if (!process_) return;
  if (process_->input().is_open() && !input_.empty()) {
    input_index_ = set.add(process_->input().get(), POLLOUT);
  }
  if (process_->output().is_open() && wants_output()) {
    output_index_ = set.add(process_->output().get(), POLLIN);
  }
  end_index_ = set.add(process_->end_descriptor(), POLLIN);
}

void ExecWorker::advance(const PollSet& set, std::int64_t now_ms) {
  if (process_ && input_index_ && set.ready(*input_index_)) write_input();
  if (process_ && output_index_ && set.ready(*output_index_)) output_came();
  if (process_) check_end(set);
  if (process_) check_time(now_ms);
}

void ExecWorker::check_end(const PollSet& set) {
  if (!end_index_ || !set.ready(*end_index_)) return;
  const auto end = process_->reap();
  if (!end) return;
  read_output(output_.size() + kPipeBytesMax);
  if (abandoned_) output_.clear();
  process_.reset();
  set_input({});
  terminated_ = kill_ms_.has_value();
  kill_ms_.reset();
  ended(*end);
}

void ExecWorker::check_time(std::int64_t now_ms) {
  if (kill_ms_ && now_ms >= *kill_ms_) {
    process_->signal(SIGKILL);
    kill_ms_ = now_ms + kKillAgainMs;
  }
  if (task_ == nullptr || outcome_ || timed_out_ || !deadline_ms_ || now_ms < *deadline_ms_) return;
  timed_out_ = true;
  terminate(now_ms, kTimeoutGraceMs);
}

std::optional<std::int64_t> ExecWorker::due_ms() const {
  if (!process_) return std::nullopt;
  std::optional<std::int64_t> due = kill_ms_;
  if (task_ != nullptr && deadline_ms_ && !timed_out_) {
    due = std::min(due.value_or(*deadline_ms_), *deadline_ms_);
  }
  return due;
}

void ExecWorker::terminate(std::int64_t now_ms, std::int64_t grace_ms) {
  if (!process_) return;
  if (!kill_ms_) process_->signal(SIGTERM);
  kill_ms_ = std::min(kill_ms_.value_or(INT64_MAX), now_ms + grace_ms);
  if (grace_ms == 0) process_->signal(SIGKILL);
}

void ExecWorker::kill_after(std::int64_t wait_ms) {
  kill_ms_ = std::min(kill_ms_.value_or(INT64_MAX), steady_ms() + wait_ms);
}

void ExecWorker::abandon(std::int64_t now_ms, std::int64_t grace_ms) {
  abandoned_ = true;
  if (!process_) output_.clear();
  terminate(now_ms, grace_ms);
}

void ExecWorker::close_input() {
  if (process_) process_->input().reset();
}

std::optional<ExecOutcome> ExecWorker::take_outcome() {
  if (!outcome_ || !settled()) return std::nullopt;
  task_ = nullptr;
  return std::exchange(outcome_, std::nullopt);
}

void ExecWorker::finish(ExecOutcome outcome) {
  outcome_ = std::move(outcome);
}

ExecOutcome ExecWorker::failed(const ProcessEnd& end, std::string cause) const {
  ExecOutcome outcome{.cause = std::move(cause)};
  if (timed_out_) {
    outcome.cause = fmt::format("not done after {}", format_duration(*command_.timeout));
  } else if (outcome.cause.empty()) {
    outcome.cause = end.text();
    outcome.exit_code = end.code;
  }
  return outcome;
}

Result<void> ExecWorker::start_process(const std::vector<std::string>& environment) {
  TRY_ASSIGN(ChildProcess process, ChildProcess::start(command_.line, environment, guard_));
  process_.emplace(std::move(process));
  input_index_.reset();
  output_index_.reset();
  end_index_.reset();
  output_.clear();
  return {};
}

void ExecWorker::set_input(std::string text) {
  input_ = std::move(text);
  input_at_ = 0;
}

void ExecWorker::write_input() {
  while (input_at_ < input_.size()) {
    const std::string_view rest = std::string_view(input_).substr(input_at_);
    const ssize_t written = ::write(process_->input().get(), rest.data(), rest.size());
    if (written >= 0) {
      input_at_ += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      break;  // it does not want the rest; how it ends decides
    }
  }
  set_input({});
  input_written();
}

void ExecWorker::read_output(std::size_t bytes_max) {
  std::array<char, 64 * 1024> chunk{};
  while (process_->output().is_open() && output_.size() < bytes_max) {
    const std::size_t wanted = std::min(chunk.size(), bytes_max - output_.size());
    const ssize_t got = ::read(process_->output().get(), chunk.data(), wanted);
    if (got > 0) {
      output_.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else if (got == 0 || errno != EINTR) {
      process_->output().reset();
    }
  }
}

}  // namespace kreel::cli
