#include "cli/produce_job.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include <fmt/format.h>
#include <kreel/text.hpp>
#include <kreel/units.hpp>

#include "cli/client_log.hpp"
#include "cli/counted.hpp"
#include "cli/delivery_wait.hpp"
#include "cli/report.hpp"

namespace kreel::cli {
namespace {

constexpr std::int64_t kDeliveryOnStopMs = 1'200;
constexpr std::uint64_t kFailuresShown = 10;
constexpr int kLineBits = 40;

}  // namespace

ProduceJob::ProduceJob(CommandContext& context, ProduceSettings settings, TopicLookup& topics)
    : context_(context),
      settings_(std::move(settings)),
      topics_(topics),
      pace_(settings_.records_per_s) {}

Result<void> ProduceJob::open(ClientConfig config) {
  record_bytes_max_ = kLibraryMessageBytesMax / 16;
  if (settings_.topic) {
    TRY_ASSIGN(target_, topics_.find(*settings_.topic));
    if (settings_.partition) TRY(check_partition(*target_, *settings_.partition));
    record_bytes_max_ = std::min(target_->batch_bytes_max, kLibraryMessageBytesMax);
  }
  set_batch_limits(config, record_bytes_max_);
  for (const char* name : {"acks", "request.required.acks"}) {
    const auto acks = config.properties.find(name);
    if (acks != config.properties.end()) is_answered_ = acks->second != "0";
  }
  ProducerOptions options;
  options.on_failure = [this](const DeliveryFailure& failure) { failed(failure); };
  options.on_log = client_log(context_);
  options.transactional_id = settings_.transactional_id;
  TRY_ASSIGN(producer_, Producer::open(config, std::move(options)));
  started_ms_ = steady_ms();
  if (!settings_.transactional_id) return {};
  transactions_.emplace(*producer_, context_.timeout());
  return producer_->init_transactions(context_.timeout().count());
}

Result<bool> ProduceJob::run(RecordSource& source, const StopRequests& stop, Progress& progress) {
  source_names_.push_back(source.name());
  std::int64_t seen = 0;
  while (true) {
    auto next = source.next();
    if (stop.requested() || window_.gave_up()) return false;
    if (!next) {
      if (next.error().kind() != ErrorKind::kBadInput) return fail(next.error());
      TRY(reject(source, next.error(), source.was_too_large()));
      continue;
    }
    if (!*next) return true;
    TRY_ASSIGN(const bool goes_on, write(**next, source, stop));
    if (!goes_on) return false;
    if (source.done() != seen) {
      seen = source.done();
      progress.update(seen);
    }
  }
}

bool ProduceJob::wait_for_input() {
  producer_->poll(0);
  return window_.is_answered(*producer_, context_.timeout());
}

Result<bool> ProduceJob::write(RecordView record, const RecordSource& source,
                               const StopRequests& stop) {
  const TopicTarget* target = target_;
  if (target == nullptr) {
    if (record.topic.empty()) {
      TRY(reject(source, Error(ErrorKind::kBadInput, source.where() + ":1: no topic"), false));
      return true;
    }
    auto found = topics_.find(record.topic);
    if (!found) return fail(Error(found.error()).with_context(source.where()));
    target = *found;
  }
  record = complete(record, *target);
  if (const auto fits = check_size(record, *target); !fits) {
    TRY(reject(source, Error(fits.error()).with_context(source.where()), true));
    return true;
  }
  if (const auto there =
          record.partition ? check_partition(*target, *record.partition) : Result<void>();
      !there) {
    const std::string what = fmt::format("{}: {}", source.where(), there.error().message());
    TRY(reject(source, Error(ErrorKind::kBadInput, what), false));
    return true;
  }
  const auto is_answered = [this] { return window_.is_answered(*producer_, context_.timeout()); };
  if (!pace_.wait(*producer_, stop, is_answered)) return false;
  if (!window_.wait(*producer_, context_.timeout(), stop)) return false;
  const std::uint64_t tag =
      ((source_names_.size() - 1) << kLineBits) | static_cast<std::uint64_t>(source.line());
  if (transactions_) TRY(transactions_->begin_when_needed());
  const auto taken = producer_->produce(record, tag);
  if (!taken) return fail(Error(taken.error()).with_context(source.where()));
  window_.accepted(record);
  if (!transactions_) return true;
  transactions_->accepted(record);
  if (failure_) return fail(*failure_);
  const auto& limit = settings_.records_per_transaction;
  if (limit && transactions_->records() >= *limit) TRY(commit(stop));
  return !stop.requested();
}

// With what the command line says of every record.
RecordView ProduceJob::complete(RecordView record, const TopicTarget& target) {
  record.topic = target.name;
  if (settings_.partition) record.partition = settings_.partition;
  if (settings_.timestamp_ms) record.timestamp_ms = settings_.timestamp_ms;
  if (settings_.headers.empty()) return record;
  headers_.assign(record.headers.begin(), record.headers.end());
  for (const KeyValue& header : settings_.headers) headers_.push_back({header.key, header.value});
  record.headers = headers_;
  return record;
}

Result<void> ProduceJob::reject(const RecordSource& source, const Error& error, bool alone) {
  if (settings_.rejects_file) {
    if (rejects_ == nullptr) TRY(open_rejects());
    ++rejected_;
    if (!source.was_too_large()) rejects_->write(source.text());  // else keep_cut() had it
    rejects_->write("\n");
    return {};
  }
  // A transaction without one of its records is not what was asked for.
  if (!alone || transactions_) return fail(error);
  ++refused_as_bad_;
  ++refused_here_;
  if (refused_here_ <= kFailuresShown) report_error(context_.streams(), error, false);
  return {};
}

Result<void> ProduceJob::keep_cut(std::string_view piece) {
  if (rejects_ == nullptr) TRY(open_rejects());
  rejects_->write(piece);
  return {};
}

Result<void> ProduceJob::open_rejects() {
  const std::string& path = *settings_.rejects_file;
  rejects_descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (rejects_descriptor_ < 0 && errno == EEXIST) {
    return fail(ErrorKind::kRefused, fmt::format("refusing to overwrite {}", path));
  }
  if (rejects_descriptor_ < 0) {
    return fail(ErrorKind::kIo,
                fmt::format("cannot write {}: {}", path, to_lower(std::strerror(errno))));
  }
  rejects_ = std::make_unique<OutStream>(rejects_descriptor_, path);
  return {};
}

std::string ProduceJob::where(std::uint64_t tag) const {
  return fmt::format("{}:{}", source_names_[tag >> kLineBits],
                     tag & ((std::uint64_t{1} << kLineBits) - 1));
}

void ProduceJob::failed(const DeliveryFailure& failure) {
  if (transactions_) {
    if (!failure_) failure_ = Error(failure.error).with_context(where(failure.tag));
    return;
  }
  const bool too_large = failure.error.kind() == ErrorKind::kBadInput;
  if (too_large) ++refused_as_bad_;
  Error error = failure.error;
  if (failure.unknown) {
    error = std::move(error).with_context("it is unknown whether it was written");
  }
  error = std::move(error).with_context(where(failure.tag));
  ++failures_;
  if (error.kind() == ErrorKind::kNotAuthorized) ++denied_;
  if (!is_finishing_) {
    if (failures_ <= kFailuresShown) tell_failure(error);
    return;
  }
  // They come by partitions, and a person reads them by lines.
  last_failures_.emplace(failure.tag, std::move(error));
  if (last_failures_.size() > kFailuresShown) last_failures_.erase(std::prev(last_failures_.end()));
}

// The same hint is not given again.
void ProduceJob::tell_failure(const Error& error) {
  const bool told = error.hint() == hint_told_;
  report_error(context_.streams(), told ? Error(error.kind(), error.message()) : error, false);
  if (!told) hint_told_ = error.hint();
}

void ProduceJob::tell_last_failures() {
  std::uint64_t shown = failures_before_end_;
  for (const auto& [tag, error] : last_failures_) {
    if (++shown > kFailuresShown) break;
    tell_failure(error);
  }
}

std::string ProduceJob::counts_text() const {
  const DeliveryCounts now = producer_->counts();
  const auto number = [](std::uint64_t n) { return with_thousands(static_cast<std::int64_t>(n)); };
  return fmt::format("{} {}, {} failed, {} unknown", number(now.acknowledged),
                     is_answered_ ? "acknowledged" : "sent", number(now.failed),
                     number(now.unknown));
}

void ProduceJob::tell_counts(bool gave_up) {
  const DeliveryCounts now = counts();
  if (failures_ > kFailuresShown) {
    context_.note(fmt::format(
        "and {} more", counted(static_cast<std::int64_t>(failures_ - kFailuresShown), "failure")));
  }
  if (refused_here_ > kFailuresShown) {
    context_.note(
        fmt::format("and {} records more over the limit", refused_here_ - kFailuresShown));
  }
  if (now.failed + now.unknown > 0) {
    std::string why = gave_up ? producer_->last_error() : "";
    if (gave_up && why.empty()) {
      why = fmt::format("no answer for {}; --timeout sets how long to wait",
                        format_duration(context_.timeout()));
    }
    report_error(context_.streams(), Error(ErrorKind::kFailed, counts_text(), why), false);
    return;
  }
  if (now.acknowledged == 0) {
    context_.note("0 records");
    return;
  }
  const double seconds = static_cast<double>(steady_ms() - started_ms_) / 1e3;
  context_.note(fmt::format(
      "{} {}, {} in {:.1f} s", counted(static_cast<std::int64_t>(now.acknowledged), "record"),
      is_answered_ ? "acknowledged" : "sent without acknowledgement",
      format_size(static_cast<std::int64_t>(now.acknowledged_bytes)), seconds));
}

Result<void> ProduceJob::finish_rejects() {
  if (rejects_ == nullptr) return {};
  const auto written = rejects_->finish();
  ::close(rejects_descriptor_);
  if (!written) return fail(written.error());
  context_.note(fmt::format("{} rejected, kept in {}",
                            with_thousands(static_cast<std::int64_t>(rejected_)),
                            *settings_.rejects_file));
  return {};
}

ExitCode ProduceJob::finish(const StopRequests& stop) {
  const bool gave_up = window_.gave_up() || !wait_for_answers(*producer_, context_.timeout(), stop);
  is_finishing_ = true;
  failures_before_end_ = failures_;
  producer_->flush(stop.requested() ? kDeliveryOnStopMs : 0);
  tell_last_failures();
  tell_counts(gave_up);
  if (const auto written = finish_rejects(); !written) {
    report_error(context_.streams(), written.error(), false);
    return ExitCode::kIo;
  }
  if (const auto code = stop.exit()) return *code;
  const DeliveryCounts now = counts();
  if (now.failed + now.unknown > refused_as_bad_ - refused_here_) {
    const bool all_denied = now.acknowledged == 0 && now.failed == denied_ && now.unknown == 0;
    return all_denied ? ExitCode::kNotAuthorized : ExitCode::kFailed;
  }
  return refused_as_bad_ > 0 ? ExitCode::kBadInput : ExitCode::kDone;
}

}  // namespace kreel::cli
