#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/pipe_job.hpp"

// One batch: through the command, into the topic, and committed or dropped.

namespace kreel::cli {
namespace {

constexpr std::int64_t kBatchTurnMs = 100;
constexpr std::int64_t kEndTurnMs = 50;
// The other members wait for it.
constexpr std::int64_t kRevokedBatchMs = 10'000;
constexpr std::int64_t kAbandonGraceMs = 200;
// Until then the command's output is kept, and no transaction holds up the readers of the topic.
constexpr std::size_t kOutputKeptBytes = 16 * 1024 * 1024;

constexpr std::string_view kOutputName = "the command's output";

}  // namespace

Result<void> PipeJob::work() {
  consumer_->pause();
  working_ = true;
  given_ = 0;
  lines_taken_ = 0;
  failure_.reset();
  TRY(start_next());
  while (working_ && !stop_->requested()) TRY(turn(kBatchTurnMs, true));
  if (work_error_) return fail(*std::exchange(work_error_, std::nullopt));
  return {};
}

// The whole batch, or for a command that stays its next record.
Result<void> PipeJob::start_next() {
  std::string text;
  const std::size_t until = settings_.command.persistent ? given_ + 1 : batch_.size();
  for (std::size_t i = given_; i < until; ++i) {
    TRY_ASSIGN(const std::string line, text_of(batch_[i]));
    text += line;
  }
  given_ = until;
  worker_->give(std::move(text));
  worker_->start(task_, steady_ms());
  return {};
}

Result<std::string> PipeJob::text_of(const Record& record) {
  std::string line;
  if (settings_.gives_json) {
    RecordViewBuffer view;
    append_jsonl(view.view_of(record), line);
    return line;
  }
  line = record.value.value_or("");
  if (line.find('\n') == std::string::npos) return line + '\n';
  return fail(ErrorKind::kBadInput,
              fmt::format("{}[{}]@{}: the value has a line feed, so it is not one line",
                          record.topic, record.partition.value_or(-1), record.offset.value_or(-1)),
              "--in jsonl gives the command each record as a line of JSON");
}

// The consumer may call revoked() from within, which takes turns of its own: so all that a turn
// goes on with is in members.
Result<void> PipeJob::turn(std::int64_t wait_ms, bool with_consumer) {
  if (with_consumer) {
    TRY(consumer_->poll(0));
    if (!working_) return {};
  }
  PollSet set;
  worker_->watch(set);
  if (!stop_->requested()) set.add(stop_->descriptor(), POLLIN);
  if (with_consumer) set.add(consumer_->descriptor(), POLLIN);
  const std::int64_t now_ms = steady_ms();
  std::int64_t limit_ms = worker_->has_outcome() ? 0 : wait_ms;
  if (const auto due_ms = worker_->due_ms()) limit_ms = std::min(limit_ms, *due_ms - now_ms);
  set.wait(std::max<std::int64_t>(0, limit_ms));
  worker_->advance(set, steady_ms());
  producer_->poll(0);
  if (!working_) {
    static_cast<void>(worker_->take_outcome());
    return {};
  }
  if (failure_) return fail(*failure_);
  if (!settings_.command.persistent && worker_->output().size() >= kOutputKeptBytes) {
    TRY(take_lines(false));
  }
  if (const auto outcome = worker_->take_outcome()) return settle(*outcome);
  return {};
}

Result<void> PipeJob::settle(const ExecOutcome& outcome) {
  if (!outcome.succeeded) {
    if (outcome.is_of_command()) {
      return fail(ErrorKind::kFailed, "the command cannot be run: " + outcome.cause);
    }
    return fail(ErrorKind::kFailed, fmt::format("{}: {}", batch_name(), outcome.cause));
  }
  if (settings_.command.persistent) {
    TRY(write(worker_->output()));
    worker_->output().clear();
    if (given_ < batch_.size()) return start_next();
  } else {
    TRY(take_lines(true));
  }
  return commit();
}

// Of a command that runs for a batch: complete lines, and what is behind the last one at its end.
Result<void> PipeJob::take_lines(bool is_all) {
  std::string& output = worker_->output();
  std::size_t begin = 0;
  while (begin < output.size()) {
    std::size_t end = output.find('\n', begin);
    if (end == std::string::npos && !is_all) break;
    end = std::min(end, output.size());
    TRY(write(std::string_view(output).substr(begin, end - begin)));
    begin = std::min(end + 1, output.size());
  }
  output.erase(0, begin);
  if (output.size() < kOutputKeptBytes) return {};
  return fail(ErrorKind::kBadInput,
              fmt::format("{}:{}: a line of more than {}", kOutputName, lines_taken_ + 1,
                          format_size(static_cast<std::int64_t>(kOutputKeptBytes))));
}

Result<void> PipeJob::write(std::string_view line) {
  ++lines_taken_;
  RecordView record;
  Record parsed;
  RecordViewBuffer buffer;
  if (settings_.prints_json) {
    TRY_ASSIGN(parsed, parse_jsonl(line, kOutputName, lines_taken_));
    record = buffer.view_of(parsed);
  } else {
    record.value = line;
    // One line answers one record, so it has its key.
    const Record& answered = batch_[given_ - 1];
    if (settings_.command.persistent && answered.key) record.key = *answered.key;
  }
  record.topic = out_.name;
  record.offset.reset();
  const auto here = [&] { return fmt::format("{}:{}", kOutputName, lines_taken_); };
  if (const auto fits = check_size(record, out_); !fits) {
    return fail(Error(fits.error()).with_context(here()));
  }
  if (record.partition) {
    if (const auto there = check_partition(out_, *record.partition); !there) {
      return fail(ErrorKind::kBadInput, fmt::format("{}: {}", here(), there.error().message()));
    }
  }
  if (!window_.wait(*producer_, context_.timeout(), *stop_)) {
    if (!window_.gave_up()) return {};
    return fail(ErrorKind::kUnreachable,
                fmt::format("{}: nothing was acknowledged for {}", out_.name,
                            format_duration(context_.timeout())));
  }
  TRY(transactions_->begin_when_needed());
  if (const auto taken = producer_->produce(record, 0); !taken) {
    const bool is_of_line = taken.error().kind() == ErrorKind::kBadInput ||
                            taken.error().kind() == ErrorKind::kNotFound;
    return fail(is_of_line ? Error(taken.error()).with_context(here()) : taken.error());
  }
  window_.accepted(record);
  transactions_->accepted(record);
  return {};
}

Result<void> PipeJob::commit() {
  std::map<TopicPartition, std::int64_t> next;
  for (const Record& record : batch_) {
    next[{record.topic, record.partition.value_or(-1)}] = record.offset.value_or(-1) + 1;
  }
  std::vector<RecordLocation> offsets;
  for (const auto& [at, offset] : next) offsets.push_back({at, offset});
  const auto committed = commit(offsets);
  if (!committed || transactions_->is_open()) return committed;
  records_read_ += static_cast<std::int64_t>(batch_.size());
  drop_batch();
  working_ = false;
  return {};
}

Result<void> PipeJob::commit(const std::vector<RecordLocation>& offsets) {
  TRY(transactions_->begin_when_needed());
  const auto committed = transactions_->commit(*stop_, [&](std::int64_t timeout_ms) {
    return producer_->add_offsets(*consumer_, offsets, timeout_ms);
  });
  if (failure_) return fail(*failure_);
  if (!committed || transactions_->is_open()) return committed;
  for (const RecordLocation& one : offsets) committed_[one.at] = one.offset;
  return {};
}

// Without a batch. Where nothing but markers of transactions follows, the group's lag would stay.
Result<void> PipeJob::commit_ends() {
  const auto& limit = settings_.limits.records;
  const bool has_all = limit && records_read_ >= *limit;
  std::vector<RecordLocation> ends;
  for (const RecordLocation& one :
       has_all ? consumer_->pass_markers(kMarkersMs) : consumer_->positions()) {
    const auto done = committed_.find(one.at);
    if (done == committed_.end() || past_end_.contains(one.at)) continue;
    if (one.offset > done->second) ends.push_back(one);
  }
  return ends.empty() ? Result<void>() : commit(ends);
}

// Nothing of the batch counts. A command that stays has seen it, and ends also when it has answered
// every line: what is read again is given to another process.
void PipeJob::abandon() {
  if (working_) {
    worker_->abandon(steady_ms(), kAbandonGraceMs);
    working_ = false;
    while (worker_->task() != nullptr || worker_->has_process()) {
      static_cast<void>(turn(kEndTurnMs, false));
    }
    worker_->output().clear();
  }
  drop_batch();
  if (!transactions_->is_open()) return;
  // The next run, or the broker's time limit, ends it then.
  if (const auto aborted = transactions_->abort(*stop_); !aborted) {
    abort_error_ = aborted.error();
    if (!work_error_) work_error_ = abort_error_;
  }
}

// A batch that is under way gets a little time; without its partitions it would not be accepted.
void PipeJob::revoked(bool lost) {
  if (working_ && !lost) {
    const std::int64_t deadline_ms = steady_ms() + kRevokedBatchMs;
    while (working_ && steady_ms() < deadline_ms && !stop_->requested()) {
      if (auto done = turn(kEndTurnMs, false); !done) {
        work_error_ = std::move(done).error();
        break;
      }
    }
  }
  abandon();
  assigned();
}

// The record that is being answered, or the first of the batch.
std::string PipeJob::batch_name() const {
  if (batch_.empty()) return "no record";
  const bool stays = settings_.command.persistent;
  const Record& record = stays ? batch_[given_ - 1] : batch_.front();
  std::string name = fmt::format("{}[{}]@{}", record.topic, record.partition.value_or(-1),
                                 record.offset.value_or(-1));
  if (stays || batch_.size() == 1) return name;
  const auto others = static_cast<std::int64_t>(batch_.size() - 1);
  return name + fmt::format(" and {} more", with_thousands(others));
}

}  // namespace kreel::cli
