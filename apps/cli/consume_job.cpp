#include "cli/consume_job.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/report.hpp"

namespace kreel::cli {
namespace {

// A slow coordinator is waited for when nobody has asked to stop; a stop is over within 2 s.
constexpr std::int64_t kLastCommitMs = 10'000;
constexpr std::int64_t kLastCommitOnStopMs = 1'500;
constexpr std::int64_t kWaitMs = 100;
constexpr std::int64_t kRecordsPerProgress = 256;

}  // namespace

Error too_few_records(std::int64_t came, const ConsumeLimits& limits) {
  return Error(ErrorKind::kConditionFalse,
               fmt::format("{} of {} records came before nothing came for {}", with_thousands(came),
                           with_thousands(*limits.records), format_duration(*limits.idle)));
}

Result<ExitCode> ConsumeJob::run(const StopRequests& stop, Progress& progress) {
  quiet_since_ms_ = steady_ms();
  std::optional<Error> error;
  Step last = Step::kGoOn;
  while (last == Step::kGoOn && !stop.requested()) {
    const auto next = step(progress);
    if (!next) {
      error = next.error();
      break;
    }
    last = *next;
  }
  progress.clear();
  const bool too_few = last == Step::kIdle && limits_.records && !stop.requested();
  if (too_few) {
    error = too_few_records(writer_.written(), limits_);
  }
  writer_.end(error ? &*error : nullptr);
  flush();
  if (has_all() && !stop.requested()) consumer_.pass_markers(kMarkersMs);
  const auto closed = consumer_.close(stop.requested() ? kLastCommitOnStopMs : kLastCommitMs);
  if (error) return fail(std::move(*error));
  if (const auto code = stop.exit()) {
    if (!closed) report_error(context_.streams(), closed.error(), false);
    return *code;
  }
  if (!closed) return fail(closed.error());
  return ExitCode::kDone;
}

Result<ConsumeJob::Step> ConsumeJob::step(Progress& progress) {
  TRY_ASSIGN(Polled polled, consumer_.poll(0));
  if (polled == Polled::kNothing) {
    // Before waiting, whoever reads along sees what there is.
    if (!flush()) return Step::kDone;
    TRY_ASSIGN(polled, consumer_.poll(kWaitMs));
  }
  switch (polled) {
    case Polled::kRecord:
      return take(progress);
    case Polled::kNothing:
      return quiet();
    case Polled::kFinished:
    case Polled::kStopped:
      break;
  }
  return Step::kDone;
}

ConsumeJob::Step ConsumeJob::take(Progress& progress) {
  const RecordView& record = consumer_.record();
  if (++seen_ % kRecordsPerProgress == 0) {
    progress.update(seen_);
    mark_flushed();
    if (!context_.streams().out.has_reader()) return Step::kDone;
  }
  if (end_ != nullptr && !end_->accept(record)) {
    ++news_;
    return Step::kGoOn;
  }
  if (!filter_.accepts(record)) {
    writer_.pass(record);
    if (!limits_.is_news(record)) return idle_or_on();
    ++news_;
    return Step::kGoOn;
  }
  ++news_;
  writer_.write(record);
  return has_all() ? Step::kDone : Step::kGoOn;
}

bool ConsumeJob::has_all() const {
  return limits_.records && writer_.written() >= *limits_.records;
}

ConsumeJob::Step ConsumeJob::quiet() {
  // Who does not answer has said neither that this is the end nor that there is nothing.
  const bool reachable = consumer_.is_reachable();
  if (end_ != nullptr && reachable && end_->reached(consumer_.positions())) return Step::kDone;
  if (!reachable) ++news_;
  return context_.streams().out.has_reader() ? idle_or_on() : Step::kDone;
}

ConsumeJob::Step ConsumeJob::idle_or_on() {
  const std::int64_t now_ms = steady_ms();
  if (news_ != news_when_looked_) {
    news_when_looked_ = news_;
    quiet_since_ms_ = now_ms;
  }
  const bool idle = limits_.idle && now_ms - quiet_since_ms_ >= limits_.idle->count();
  return idle ? Step::kIdle : Step::kGoOn;
}

bool ConsumeJob::flush() {
  const bool flushed = writer_.flush();
  mark_flushed();
  return flushed;
}

void ConsumeJob::mark_flushed() {
  for (const auto& [at, next] : writer_.take_flushed()) {
    RecordView mark;
    mark.topic = at.topic;
    mark.partition = at.partition;
    mark.offset = next - 1;
    consumer_.mark_written(mark);
  }
}

}  // namespace kreel::cli
