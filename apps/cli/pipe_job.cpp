#include "cli/pipe_job.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"
#include "cli/report.hpp"

// Reading batches, and how the job ends. What the command does with a batch is in pipe_batch.cpp.

namespace kreel::cli {
namespace {

constexpr std::size_t kPipedBytesMax = 16 * 1024 * 1024;
constexpr std::int64_t kPieceMs = 100;
constexpr std::int64_t kEndAskedMs = 100;
constexpr std::int64_t kCommandGraceMs = 200;
constexpr std::int64_t kCommandEndMs = 5'000;
constexpr std::int64_t kCloseMs = 2'000;
constexpr std::int64_t kCloseOnStopMs = 300;
constexpr int kFailuresInARow = 5;

std::size_t bytes_of(const RecordView& record) {
  std::size_t bytes = record.key.value_or("").size() + record.value.value_or("").size();
  for (const auto& header : record.headers) {
    bytes += header.name.size() + header.value.value_or("").size();
  }
  return bytes;
}

}  // namespace

PipeJob::PipeJob(CommandContext& context, PipeSettings settings, const TopicTarget& out,
                 const ProcessGuard& guard, GroupEnd* end)
    : context_(context),
      settings_(std::move(settings)),
      out_(out),
      end_(end),
      worker_(make_pipe_worker(settings_.command, guard)) {}

Result<void> PipeJob::open(ClientConfig config) {
  set_batch_limits(config, out_.batch_bytes_max);
  ProducerOptions options;
  options.on_log = client_log(context_);
  options.on_failure = [this](const DeliveryFailure& failure) {
    if (!failure_) failure_ = Error(failure.error).with_context(out_.name);
  };
  options.transactional_id = settings_.transactional_id;
  TRY_ASSIGN(producer_, Producer::open(config, std::move(options)));
  transactions_.emplace(*producer_, context_.timeout());
  return producer_->init_transactions(context_.timeout().count());
}

// There may be more to read before the end.
void PipeJob::assigned() {
  const auto& limit = settings_.limits.records;
  const auto under_way = records_read_ + static_cast<std::int64_t>(batch_.size());
  if (reading_ == Reading::kDone && (!limit || under_way < *limit)) reading_ = Reading::kOn;
}

Result<ExitCode> PipeJob::run(const OpenConsumer& open_consumer, const StopRequests& stop) {
  stop_ = &stop;
  started_ms_ = last_record_ms_ = steady_ms();
  while (true) {
    TRY_ASSIGN(consumer_, open_consumer());
    reading_ = Reading::kOn;
    Result<void> done = work_through();
    if (done || !may_go_on(done)) return wind_up(std::move(done));
    context_.note(fmt::format("{}; its records are read again", done.error().message()));
    // What was read and not committed is read again only by a consumer that starts anew.
    static_cast<void>(consumer_->close(kCloseMs));
  }
}

Result<void> PipeJob::work_through() {
  while (!stop_->requested()) {
    if (auto read = read_batch(); !read) return read;
    if (work_error_) return fail(*std::exchange(work_error_, std::nullopt));
    if (stop_->requested()) break;
    if (batch_.empty()) {
      if (auto ended = commit_ends(); !ended) {
        abandon();
        return ended;
      }
      if (reading_ != Reading::kOn) break;
      continue;
    }
    if (auto worked = work(); !worked) {
      // Why the producer can do nothing any more says more than the record that failed by it.
      const bool by_record = failure_.has_value();
      abandon();
      if (by_record && abort_error_) return fail(*abort_error_);
      return worked;
    }
    failures_in_a_row_ = 0;
  }
  abandon();
  return {};
}

// As many as may go together, or what has come while the first one waited.
Result<void> PipeJob::read_batch() {
  consumer_->resume();
  while (!stop_->requested() && !work_error_ && !batch_is_full() && !batch_is_due()) {
    TRY_ASSIGN(const bool goes_on, read_one());
    if (!goes_on) return {};
  }
  return {};
}

bool PipeJob::batch_is_full() const {
  const auto& limit = settings_.limits.records;
  const auto size = static_cast<std::int64_t>(batch_.size());
  return size >= settings_.batch_records || batch_bytes_ >= kPipedBytesMax ||
         (limit && records_read_ + size >= *limit);
}

bool PipeJob::batch_is_due() const {
  return !batch_.empty() && steady_ms() - batch_began_ms_ >= settings_.batch_wait.count();
}

Result<bool> PipeJob::read_one() {
  const std::int64_t waits_ms = batch_.empty() ? kPieceMs : settings_.batch_wait.count();
  TRY_ASSIGN(const Polled polled, consumer_->poll(std::min(kPieceMs, waits_ms)));
  if (polled == Polled::kNothing) {
    quiet();
    return reading_ == Reading::kOn;
  }
  if (polled != Polled::kRecord) {
    reading_ = Reading::kDone;
    return false;
  }
  const RecordView& record = consumer_->record();
  last_record_ms_ = steady_ms();
  if (end_ != nullptr && !end_->accept(record)) {
    past_end_.insert({std::string(record.topic), record.partition.value_or(-1)});
    return true;
  }
  if (batch_.empty()) batch_began_ms_ = last_record_ms_;
  batch_.push_back(Record::copy_of(record));
  batch_bytes_ += bytes_of(record);
  if (batch_is_full() && settings_.limits.records &&
      records_read_ + static_cast<std::int64_t>(batch_.size()) >= *settings_.limits.records) {
    reading_ = Reading::kDone;
  }
  return true;
}

void PipeJob::quiet() {
  const std::int64_t now_ms = steady_ms();
  const auto& idle = settings_.limits.idle;
  // Who does not answer has said neither that this is the end nor that there is nothing.
  if (!consumer_->is_reachable()) {
    last_record_ms_ = now_ms;
    return;
  }
  if (idle && batch_.empty() && now_ms - last_record_ms_ >= idle->count()) {
    reading_ = Reading::kIdle;
  }
  // It asks the broker.
  if (end_ == nullptr || now_ms - std::max(last_record_ms_, end_looked_ms_) < kEndAskedMs) return;
  end_looked_ms_ = now_ms;
  if (end_->reached(consumer_->positions())) reading_ = Reading::kDone;
}

void PipeJob::drop_batch() {
  batch_.clear();
  batch_bytes_ = 0;
}

// An error that passes: the transaction is aborted, and the batch is still there to be read. It is
// tried again for --timeout, and a few times even where each of them takes as long.
bool PipeJob::may_go_on(const Result<void>& done) {
  if (abort_error_ || stop_->requested()) return false;
  if (done.error().kind() != ErrorKind::kUnreachable) return false;
  const std::int64_t now_ms = steady_ms();
  if (++failures_in_a_row_ == 1) failing_since_ms_ = now_ms;
  return failures_in_a_row_ < kFailuresInARow ||
         now_ms - failing_since_ms_ < context_.timeout().count();
}

// A command that stays sees the end of its input, and may say nothing more.
Result<void> PipeJob::end_command() {
  worker_->close_input();
  const std::int64_t deadline_ms =
      steady_ms() + (stop_->requested() ? kCommandGraceMs : kCommandEndMs);
  const bool was_stopped = stop_->requested();
  while (worker_->has_process() && steady_ms() < deadline_ms && stop_->requested() == was_stopped) {
    TRY(turn(kCommandGraceMs / 4, false));
  }
  worker_->terminate(steady_ms(), kCommandGraceMs);
  while (worker_->has_process()) TRY(turn(kCommandGraceMs / 4, false));
  if (worker_->complaint().empty()) return {};
  return fail(ErrorKind::kFailed, fmt::format("the command, at its end: {}", worker_->complaint()),
              "what is committed stays");
}

Result<ExitCode> PipeJob::wind_up(Result<void> done) {
  const auto ended = end_command();
  if (done && !ended) done = fail(ended.error());
  const auto closed = consumer_->close(stop_->requested() ? kCloseOnStopMs : kCloseMs);
  tell_counts();
  if (const auto code = stop_->exit()) {
    if (!done) report_error(context_.streams(), done.error(), false);
    return *code;
  }
  if (!done) {
    Error error = done.error();
    if (error.hint().empty()) {
      error = std::move(error).with_hint(
          "the same command again goes on behind the last batch that is committed");
    }
    return fail(std::move(error));
  }
  if (!closed) return fail(closed.error());
  if (reading_ == Reading::kIdle && settings_.limits.records) {
    return fail(too_few_records(records_read_, settings_.limits));
  }
  return ExitCode::kDone;
}

void PipeJob::tell_counts() {
  const auto& committed = transactions_->committed();
  const double seconds = static_cast<double>(steady_ms() - started_ms_) / 1e3;
  context_.note(fmt::format("{} read, {} written in {}, {:.1f} s", counted(records_read_, "record"),
                            with_thousands(committed.records),
                            counted(committed.transactions, "transaction"), seconds));
}

}  // namespace kreel::cli
