#include "storage/compactor.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/core.h>

#include "base/log.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"

namespace kreel::storage {
namespace {

constexpr int kNice = 10;
constexpr std::uint64_t kPaceStepBytes = 256U << 10U;
constexpr auto kPaceWaitMax = std::chrono::milliseconds(50);

/// Whoever waits for a client runs first: this thread is in no hurry, is woken after others, and
/// its reads and writes stand behind theirs. Each of these may be refused, and is only a wish.
void step_back() {
  ::pthread_setname_np(::pthread_self(), "kreel-cleaner");
  const auto thread = static_cast<::id_t>(::gettid());
  static_cast<void>(::setpriority(PRIO_PROCESS, thread, kNice));
  const ::sched_param none{};
  static_cast<void>(::sched_setscheduler(::gettid(), SCHED_BATCH, &none));
  constexpr int kWhoProcess = 1;
  constexpr int kLowestOfBestEffort = (2 << 13) | 7;
  static_cast<void>(::syscall(SYS_ioprio_set, kWhoProcess, 0, kLowestOfBestEffort));
}

}  // namespace

Compactor::Compactor(fs::FileSystem& fs, const Clock& clock, Options options, Logs logs)
    : fs_(fs),
      clock_(clock),
      options_(std::move(options)),
      checkpoint_path_(fs::join(options_.directory, std::string(kCleanerFile))),
      logs_(std::move(logs)),
      settings_(options_.settings) {
  auto found = read_offset_checkpoint(fs_, checkpoint_path_);
  if (found) {
    checkpoint_ = std::move(*found);
  } else {
    log::warning(found.error().message() + "; compaction begins at the front");
  }
  next_round_ms_ = clock_.monotonic_ms() + options_.settings.backoff_ms;
}

void Compactor::start() {
  if (!options_.settings.enabled) return;
  has_thread_ = true;
  thread_ = std::thread([this] { thread_main(); });
}

void Compactor::set_settings(const LogManagerOptions::Compaction& settings) {
  const std::lock_guard lock(thread_mutex_);
  settings_ = settings;
}

LogManagerOptions::Compaction Compactor::settings() const {
  const std::lock_guard lock(thread_mutex_);
  return settings_;
}

void Compactor::stop() {
  {
    const std::lock_guard lock(thread_mutex_);
    stopping_.store(true);
  }
  thread_woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Compactor::thread_main() {
  step_back();
  while (true) {
    {
      std::unique_lock lock(thread_mutex_);
      thread_woken_.wait_for(lock, std::chrono::milliseconds(settings_.backoff_ms),
                             [this] { return is_stopping(); });
      if (is_stopping()) return;
    }
    run();
  }
}

void Compactor::run_if_due() {
  const auto now = clock_.monotonic_ms();
  if (!options_.settings.enabled || now < next_round_ms_) return;
  next_round_ms_ = now + settings().backoff_ms;
  run();
}

void Compactor::run() {
  if (!clock_is_trusted_.load()) return;
  done_.clear();
  while (!is_stopping()) {
    const auto log = find_dirtiest();
    if (!log) return;
    compact(*log);
    done_.insert(log->topic_partition());
  }
}

bool Compactor::is_out_of_turn(const PartitionLog& log) const {
  if (!log.config().cleanup_compact || log.is_offline() || log.damage()) return true;
  if (done_.contains(log.topic_partition())) return true;
  const auto failed = failures_.find(log.topic_partition());
  return failed != failures_.end() && failed->second.log.lock().get() == &log &&
         clock_.monotonic_ms() < failed->second.retry_at_ms;
}

Compactor::Log Compactor::find_dirtiest() {
  Log dirtiest;
  double ratio = -1;
  for (const auto& log : logs_()) {
    if (is_out_of_turn(*log)) continue;
    const auto need = log->compaction_need(checkpoint_of(*log), clock_.wall_ms());
    if (!need) {
      note_failure(*log, need.error());
      continue;
    }
    if (!need->is_due(log->config().min_cleanable_dirty_ratio) || need->dirty_ratio() <= ratio) {
      continue;
    }
    ratio = need->dirty_ratio();
    dirtiest = log;
  }
  return dirtiest;
}

void Compactor::compact(PartitionLog& log) {
  pace_started_ms_ = clock_.monotonic_ms();
  paced_bytes_ = 0;
  CompactionOptions options;
  options.now_ms = clock_.wall_ms();
  options.map_bytes_max = settings().map_bytes_max;
  options.secret = options_.secret;
  options.go_on = [this](std::uint64_t bytes) { return pace(bytes); };
  // Each pass gets further, or nothing is left to do.
  while (true) {
    options.checkpoint = checkpoint_of(log);
    const auto started_ms = clock_.monotonic_ms();
    const auto outcome = log.compact(options);
    if (!outcome) return note_failure(log, outcome.error());
    if (outcome->clean_to <= options.checkpoint && !outcome->has_more) return;
    const auto& counts = outcome->counts;
    metrics_.passes.add();
    metrics_.bytes_read.add(counts.bytes_read + outcome->map_bytes_read);
    metrics_.bytes_written.add(counts.bytes_written);
    metrics_.records_removed.add(counts.records_read - counts.records_written);
    log::info(fmt::format(
        "{}: compacted up to offset {}: {} of {} records and {} of {} bytes stay; {} keys, {} ms",
        log.topic_partition().to_string(), outcome->clean_to, counts.records_written,
        counts.records_read, counts.bytes_written, counts.bytes_read, outcome->keys,
        clock_.monotonic_ms() - started_ms));
    if (!save_checkpoint(log, outcome->clean_to) || !outcome->has_more) return;
  }
}

Offset Compactor::checkpoint_of(const PartitionLog& log) const {
  const std::lock_guard lock(checkpoint_mutex_);
  const auto found = checkpoint_.find(log.topic_partition());
  return found == checkpoint_.end() ? 0 : found->second;
}

/// False when the log is out of service.
bool Compactor::save_checkpoint(const PartitionLog& log, Offset clean_to) {
  const std::lock_guard lock(checkpoint_mutex_);
  if (log.is_offline()) return false;  // what forget() removes must not come back
  checkpoint_[log.topic_partition()] = clean_to;
  if (options_.ephemeral) return true;
  const auto written = write_offset_checkpoint(fs_, checkpoint_path_, checkpoint_);
  if (!written) log::warning(written.error().message());
  return true;
}

void Compactor::forget(const TopicPartition& partition) {
  const std::lock_guard lock(checkpoint_mutex_);
  if (checkpoint_.erase(partition) == 0 || options_.ephemeral) return;
  const auto written = write_offset_checkpoint(fs_, checkpoint_path_, checkpoint_);
  if (!written) log::warning(written.error().message());
}

/// Damage stays; a full disk may pass.
void Compactor::note_failure(const PartitionLog& log, const Error& error) {
  metrics_.failures.add();
  log::error(log.topic_partition().to_string() + ": compaction: " + error.message());
  const auto retry_at = error.kind() == ErrorKind::kBadInput
                            ? std::numeric_limits<std::int64_t>::max()
                            : clock_.monotonic_ms() + kCompactionRetryMs;
  failures_[log.topic_partition()] = {log.weak_from_this(), retry_at};
}

/// Waits in short steps, so that stop() and the end of a log are never waited for long.
bool Compactor::pace(std::uint64_t bytes) {
  if (is_stopping()) return false;
  paced_bytes_ += bytes;
  if (!has_thread_ || paced_bytes_ < kPaceStepBytes) return true;
  const auto elapsed_ms = static_cast<double>(clock_.monotonic_ms() - pace_started_ms_);
  const auto due_ms = static_cast<double>(paced_bytes_) * 1000 / settings().bytes_per_second_max;
  if (due_ms <= elapsed_ms) return true;
  const auto wait = std::chrono::duration<double, std::milli>(due_ms - elapsed_ms);
  std::unique_lock lock(thread_mutex_);
  return !thread_woken_.wait_for(
      lock, std::min<std::chrono::duration<double, std::milli>>(wait, kPaceWaitMax),
      [this] { return is_stopping(); });
}

}  // namespace kreel::storage
