#include "cli/copy_job.hpp"

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"
#include "cli/delivery_wait.hpp"
#include "cli/report.hpp"

namespace kreel::cli {
namespace {

constexpr std::int64_t kReadWaitMs = 100;
constexpr std::int64_t kSaveMs = 1'000;
constexpr std::int64_t kRecordsPerUpdate = 256;
// From a signal on: for the answers of what is under way, and for the progress after them.
constexpr std::int64_t kAnswersOnStopMs = 1'000;
constexpr std::int64_t kSaveOnStopMs = 1'600;
// A tag names the record: its partition above these bits, its offset in them.
constexpr int kOffsetBits = 44;

std::uint64_t tag_of(const RecordView& record) {
  return static_cast<std::uint64_t>(*record.partition) << kOffsetBits |
         static_cast<std::uint64_t>(*record.offset);
}
std::int32_t partition_of(std::uint64_t tag) {
  return static_cast<std::int32_t>(tag >> kOffsetBits);
}
std::int64_t offset_of(std::uint64_t tag) {
  return static_cast<std::int64_t>(tag & ((std::uint64_t{1} << kOffsetBits) - 1));
}

std::string where(const RecordView& record) {
  return fmt::format("{}[{}]@{}", record.topic, *record.partition, *record.offset);
}

}  // namespace

CopyJob::CopyJob(CommandContext& context, AdminClient& to, const TopicTarget& target,
                 RecordFilter& filter, CopySettings settings)
    : context_(context),
      to_(to),
      target_(target),
      filter_(filter),
      settings_(std::move(settings)),
      pace_(settings_.records_per_s) {}

Result<void> CopyJob::open(ClientConfig config) {
  // Answers in the order of the records are what the progress is counted by.
  config.properties["acks"] = "all";
  config.properties["enable.idempotence"] = "true";
  set_batch_limits(config, target_.batch_bytes_max);
  ProducerOptions options;
  options.on_log = client_log(context_);
  options.on_failure = [this](const DeliveryFailure& failure) { failed(failure); };
  options.on_delivery = [this](const Delivery& delivery) {
    progress_.delivered(partition_of(delivery.tag), offset_of(delivery.tag));
  };
  if (settings_.transactional_id) {
    TRY(to_.require_transactions());
    options.transactional_id = settings_.transactional_id;
  }
  TRY_ASSIGN(producer_, Producer::open(config, std::move(options)));
  if (!settings_.transactional_id) return {};
  transactions_.emplace(*producer_, context_.timeout());
  return producer_->init_transactions(context_.timeout().count());
}

void CopyJob::stop() {
  producer_->stop();
  to_.end_within(kSaveOnStopMs);
}

Result<ExitCode> CopyJob::run(Consumer& from, const StopRequests& stop, Progress& progress) {
  started_ms_ = saved_at_ms_ = steady_ms();
  Result<bool> goes_on = true;
  while (goes_on && *goes_on && !stop.requested()) goes_on = step(from, stop, progress);
  progress.clear();
  Result<void> done = goes_on ? finish(stop) : fail(goes_on.error());
  if (!done) abandon(stop);
  tell_counts();
  if (const auto code = stop.exit()) {
    if (!done) report_error(context_.streams(), done.error(), false);
    return *code;
  }
  if (done) return ExitCode::kDone;
  Error error = done.error();
  if (error.hint().empty()) {
    error = std::move(error).with_hint(
        settings_.restart ? "the same command without --restart goes on where this one stopped"
                          : "the same command again goes on where this one stopped");
  }
  return fail(std::move(error));
}

Result<bool> CopyJob::step(Consumer& from, const StopRequests& stop, Progress& progress) {
  TRY_ASSIGN(const Polled polled, from.poll(kReadWaitMs));
  producer_->poll(0);
  if (failure_) return fail(*failure_);
  if (polled == Polled::kFinished || polled == Polled::kStopped) return false;
  if (polled == Polled::kRecord) {
    if (++seen_ % kRecordsPerUpdate == 0) progress.update(seen_);
    TRY_ASSIGN(const bool goes_on, take(from.record(), stop));
    if (!goes_on) return false;
  }
  TRY(save_when_due(stop));
  return true;
}

Result<bool> CopyJob::take(const RecordView& record, const StopRequests& stop) {
  if (!filter_.accepts(record)) {
    progress_.passed(*record.partition, *record.offset);
    ++unmatched_;
    return true;
  }
  if (const auto fits = check_size(record, target_); !fits) {
    return fail(Error(fits.error()).with_context(where(record)));
  }
  const auto is_answered = [this] { return window_.is_answered(*producer_, context_.timeout()); };
  if (!pace_.wait(*producer_, stop, is_answered) ||
      !window_.wait(*producer_, context_.timeout(), stop)) {
    if (!window_.gave_up()) return false;
    return fail(ErrorKind::kUnreachable,
                fmt::format("{}: nothing was acknowledged for {}", target_.name,
                            format_duration(context_.timeout())));
  }
  if (transactions_) TRY(transactions_->begin_when_needed());
  RecordView copy = record;
  copy.topic = target_.name;
  if (const auto taken = producer_->produce(copy, tag_of(record)); !taken) {
    return fail(Error(taken.error()).with_context(where(record)));
  }
  progress_.sent(*record.partition, *record.offset);
  window_.accepted(copy);
  if (transactions_) transactions_->accepted(copy);
  return !settings_.records || ++copied_ < *settings_.records;
}

Result<void> CopyJob::save_when_due(const StopRequests& stop) {
  const bool full = transactions_ && transactions_->is_open() &&
                    transactions_->records() >= settings_.records_per_transaction;
  if (!full && steady_ms() - saved_at_ms_ < kSaveMs) return {};
  return save(stop);
}

Result<void> CopyJob::save(const StopRequests& stop) {
  saved_at_ms_ = steady_ms();
  if (transactions_) return commit(stop);
  const auto saved =
      save_copy_progress(to_, settings_.group, target_.name, progress_.take_delivered());
  if (saved || !stop.requested()) return saved;
  return fail(ErrorKind::kUnreachable,
              fmt::format("{}: how far the copy came could not be saved in time", target_.name),
              "the same command again writes the records of the last second once more");
}

Result<void> CopyJob::commit(const StopRequests& stop) {
  std::vector<RecordLocation> offsets;
  for (const auto& [partition, offset] : progress_.take_read()) {
    offsets.push_back({{target_.name, partition}, offset});
  }
  if (offsets.empty()) return {};
  TRY(transactions_->begin_when_needed());
  const auto committed = transactions_->commit(stop, [&](std::int64_t timeout_ms) {
    return producer_->add_offsets(settings_.group, offsets, timeout_ms);
  });
  if (failure_) return fail(*failure_);
  return committed;
}

// All that was read is written, and the progress with it; at a signal, what can be within its time.
Result<void> CopyJob::finish(const StopRequests& stop) {
  if (settings_.transactional_id) {
    if (!stop.requested()) TRY(commit(stop));
    abandon(stop);
    return {};
  }
  const bool answered = wait_for_answers(*producer_, context_.timeout(), stop);
  producer_->flush(stop.requested() ? stop.left_ms(kAnswersOnStopMs) : 0);
  TRY(save(stop));
  if (stop.requested()) return {};
  if (failure_) return fail(*failure_);
  if (answered) return {};
  return fail(ErrorKind::kUnreachable,
              fmt::format("{}: nothing was acknowledged for {}", target_.name,
                          format_duration(context_.timeout())));
}

// What is not committed is dropped; without transactions, what was acknowledged is remembered.
void CopyJob::abandon(const StopRequests& stop) {
  if (settings_.transactional_id) {
    // When this fails as well, the next run or the broker's time limit ends the transaction.
    static_cast<void>(transactions_->abort(stop));
    return;
  }
  producer_->flush(stop.left_ms(kAnswersOnStopMs));
  static_cast<void>(save(stop));
}

void CopyJob::failed(const DeliveryFailure& failure) {
  const std::int32_t partition = partition_of(failure.tag);
  progress_.failed(partition);
  if (failure_) return;
  const std::string at =
      fmt::format("{}[{}], from offset {}", target_.name, partition, offset_of(failure.tag));
  failure_ = Error(failure.error).with_context(at);
}

void CopyJob::tell_counts() {
  const DeliveryCounts now = producer_->counts();
  const double seconds = static_cast<double>(steady_ms() - started_ms_) / 1e3;
  const auto number = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  std::int64_t records = number(now.acknowledged);
  std::int64_t bytes = number(now.acknowledged_bytes);
  if (transactions_) {
    records = transactions_->committed().records;
    bytes = transactions_->committed().bytes;
  }
  std::string text = fmt::format("{} copied, {} in {:.1f} s", counted(records, "record"),
                                 format_size(bytes), seconds);
  if (transactions_ && !transactions_->is_settled()) text += "; " + transactions_->end_text();
  if (!transactions_ && now.unknown > 0) {
    text += fmt::format("; {} unknown: written or not, the same command again writes them",
                        with_thousands(number(now.unknown)));
  }
  if (unmatched_ > 0) text += fmt::format("; {} did not match", with_thousands(unmatched_));
  context_.note(text);
  filter_.tell_errors(context_);
}

}  // namespace kreel::cli
