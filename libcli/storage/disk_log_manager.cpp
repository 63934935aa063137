#include "storage/disk_log_manager.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

#include "base/log.hpp"
#include "base/planted_bug.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"
#include "storage/strict_check.hpp"

namespace kreel::storage {

Result<std::unique_ptr<LogManager>> LogManager::open(fs::FileSystem& fs, const Clock& clock,
                                                     Random& random, LogManagerOptions options) {
  return DiskLogManager::open(fs, clock, random, std::move(options));
}

DiskLogManager::DiskLogManager(fs::FileSystem& fs, const Clock& clock, Random& random,
                               LogManagerOptions options)
    : fs_(fs),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      handles_(options_.open_segments_max, kLoadedIndexBytesMax),
      reserve_(fs_, options_.directory),
      context_{
          fs_, clock_, handles_, *this, options_.directory, options_.flush, options_.ephemeral,
          options_.producer_save_bytes} {}

DiskLogManager::~DiskLogManager() {
  {
    const std::lock_guard lock(thread_mutex_);
    stopping_ = true;
  }
  thread_woken_.notify_all();
  if (compactor_) compactor_->stop();
  if (maintenance_.joinable()) maintenance_.join();
  if (flusher_) flusher_->stop();
}

Result<std::unique_ptr<DiskLogManager>> DiskLogManager::open(fs::FileSystem& fs, const Clock& clock,
                                                             Random& random,
                                                             LogManagerOptions options) {
  std::unique_ptr<DiskLogManager> manager(
      new DiskLogManager(fs, clock, random, std::move(options)));
  TRY(manager->prepare_directory());
  return manager;
}

std::string DiskLogManager::path_of(std::string_view name) const {
  return fs::join(options_.directory, std::string(name));
}

Result<void> DiskLogManager::prepare_directory() {
  TRY(fs::make_directories(fs_, options_.directory));
  auto lock = fs_.lock(path_of(kLockFile));
  if (!lock) return fail(std::move(lock.error()).with_context("locking the data directory"));
  lock_ = std::move(*lock);
  TRY_ASSIGN(const auto meta, read_meta());
  read_last_stop();
  if (options_.strict) TRY(check_strictly(fs_, options_.directory, was_clean_));
  TRY(complete_meta(meta));
  TRY_ASSIGN(const auto names, fs_.list(options_.directory));
  for (const auto& name : names) {
    if (parse_partition_directory(name)) {
      directories_.insert(name);
    } else if (name.ends_with(kDeletedDirectorySuffix)) {
      remove_later(path_of(name), 0);
    }
  }
  read_checkpoints();
  TRY(note_who_wrote_it());
  marks_ = MarkFile::open(fs_, options_.directory);
  flusher_ =
      std::make_unique<GroupFlusher>(options_.flush, options_.ephemeral,
                                     options_.ephemeral ? nullptr : marks_.get(), kSyncWorkersMax);
  const auto stamp = fs_.modified_ms(path_of(kRecoveryPointFile));
  clock_guard_ = std::make_unique<ClockGuard>(clock_, stamp ? *stamp : -1);
  compactor_ = std::make_unique<Compactor>(
      fs_, clock_,
      Compactor::Options{.directory = options_.directory,
                         .settings = options_.compaction,
                         .ephemeral = options_.ephemeral,
                         .secret = {random_.next_u64(), random_.next_u64()}},
      [this] { return all_logs(); });
  compactor_->trust_clock(clock_guard_->is_trusted());
  const auto now = clock_.monotonic_ms();
  next_checkpoint_ms_ = now + options_.checkpoint_interval_ms;
  next_retention_ms_ = now + options_.retention_check_interval_ms;
  next_producer_check_ms_ = now + options_.producer_id_check_interval_ms;
  check_disk_space();
  // What recovery has to write finds room.
  if (disk_is_full() && !was_clean_ && !options_.ephemeral) reserve_.give_up_all();
  return {};
}

/// The mark file tells kreel's directories from Kafka's, so it is there before the first log.
Result<void> DiskLogManager::note_who_wrote_it() {
  kreel_wrote_it_ = fs_.exists(path_of(kMarkFile));
  if (kreel_wrote_it_ || !directories_.empty() || options_.ephemeral) return {};
  TRY(fs_.open(path_of(kMarkFile), fs::OpenMode::kCreateOrOpen));
  kreel_wrote_it_ = true;
  return fs_.sync_directory(options_.directory);
}

/// Refuses what is not for this broker, and changes nothing.
Result<std::optional<MetaProperties>> DiskLogManager::read_meta() {
  TRY_ASSIGN(auto found, read_meta_properties(fs_, options_.directory));
  if (found && found->node_id != options_.node_id) {
    return fail(ErrorKind::kRefused,
                fmt::format("{} belongs to node {}, and this is node {}", options_.directory,
                            found->node_id, options_.node_id),
                fmt::format("start with node id {}, or with another directory", found->node_id));
  }
  const std::string& wanted = options_.cluster_id;
  if (found && !wanted.empty() && found->cluster_id != wanted) {
    return fail(ErrorKind::kRefused,
                fmt::format("{} belongs to cluster {}, and this is cluster {}", options_.directory,
                            found->cluster_id, wanted),
                "start without a cluster id, or with another directory");
  }
  return found;
}

Result<void> DiskLogManager::complete_meta(const std::optional<MetaProperties>& found) {
  if (found) {
    meta_ = *found;
  } else {
    const std::string& wanted = options_.cluster_id;
    meta_.cluster_id = wanted.empty() ? Uuid::random(random_).to_string() : wanted;
    meta_.node_id = options_.node_id;
  }
  if (found && !found->directory_id.is_zero()) return {};
  meta_.directory_id = Uuid::random(random_);
  return write_meta_properties(fs_, options_.directory, meta_);
}

void DiskLogManager::read_last_stop() {
  sync_had_failed_ = fs_.exists(path_of(kSyncFailedFile));
  was_clean_ = !sync_had_failed_ && fs_.exists(path_of(kCleanMarkerFile));
}

/// The marker goes, durably, before the first log of this run may change (redpanda#10492).
Result<void> DiskLogManager::begin_run() {
  const std::lock_guard lock(begin_mutex_);
  if (has_begun_) return {};
  if (fs_.exists(path_of(kCleanMarkerFile)) && !KREEL_BUG("keep_clean_mark")) {
    TRY(fs_.remove_file(path_of(kCleanMarkerFile)));
    TRY(fs_.sync_directory(options_.directory));
  }
  has_begun_ = true;
  return {};
}

/// Aids only: what cannot be read is not used.
void DiskLogManager::read_checkpoints() {
  auto points = read_offset_checkpoint(fs_, path_of(kRecoveryPointFile));
  if (points) {
    recovery_points_ = std::move(*points);
  } else {
    log::warning(points.error().message());
  }
  auto starts = read_offset_checkpoint(fs_, path_of(kLogStartFile));
  if (starts) {
    log_starts_ = std::move(*starts);
  } else {
    log::warning(starts.error().message());
  }
}

Result<std::shared_ptr<Log>> DiskLogManager::open_log(const TopicPartition& partition,
                                                      const Uuid& topic_id, const LogConfig& config,
                                                      Offset log_start) {
  {
    const std::lock_guard lock(logs_mutex_);
    if (const auto found = logs_.find(partition); found != logs_.end()) return found->second;
  }
  TRY(begin_run());
  auto log = make_log({partition, topic_id, config, log_start});
  if (!log) return fail(std::move(log.error()).with_context("opening " + partition.to_string()));
  const std::lock_guard lock(logs_mutex_);
  logs_[partition] = *log;
  return *log;
}

Result<std::vector<std::shared_ptr<Log>>> DiskLogManager::open_logs(
    const std::vector<OpenRequest>& requests) {
  std::vector<std::shared_ptr<Log>> logs(requests.size());
  std::vector<std::unique_ptr<Error>> errors(requests.size());
  const auto open_one = [&](std::size_t i) {
    const auto& request = requests[i];
    auto log = open_log(request.partition, request.topic_id, request.config, request.log_start);
    if (log) {
      logs[i] = std::move(*log);
    } else {
      errors[i] = std::make_unique<Error>(std::move(log.error()));
    }
  };
  const auto cores = static_cast<std::size_t>(std::max(1U, std::thread::hardware_concurrency()));
  const auto threads =
      options_.recovery_threads > 0 ? static_cast<std::size_t>(options_.recovery_threads) : cores;
  constexpr std::size_t kWorthAThread = 4;
  SyncWorkers workers(std::min(threads, requests.size() / kWorthAThread + 1));
  workers.start();
  workers.for_each(requests.size(), open_one);
  for (const auto& error : errors) {
    if (error) return fail(std::move(*error));
  }
  return logs;
}

/// Whether the directory belongs to an earlier topic of the same name.
Result<bool> DiskLogManager::is_stray(const OpenRequest& request, bool& has_metadata) {
  const auto found = read_partition_metadata(fs_, path_of(request.partition.to_string()));
  if (!found) {
    if (found.error().kind() != ErrorKind::kBadInput) return tl::unexpected(found.error());
    log::warning(found.error().message() + "; written anew");
    return false;
  }
  has_metadata = !found->is_zero();
  return has_metadata && !request.topic_id.is_zero() && *found != request.topic_id;
}

Result<LogState> DiskLogManager::recover(const OpenRequest& request) {
  const auto name = request.partition.to_string();
  LogState fresh;
  fresh.log_start = request.log_start;
  fresh.end = {request.log_start, request.log_start, 0};
  bool has_directory = false;
  {
    const std::lock_guard lock(logs_mutex_);
    has_directory = directories_.erase(name) > 0;
  }
  if (!has_directory) {
    compactor_->forget(request.partition);
    return fresh;
  }
  bool has_metadata = false;
  TRY_ASSIGN(const bool stray, is_stray(request, has_metadata));
  if (stray) {
    const auto aside = fmt::format("{}.{}{}", name, Uuid::random(random_).to_dashed_string(),
                                   kStrayDirectorySuffix);
    log::warning(fmt::format("{} is of another topic: set aside as {}", name, aside));
    TRY(fs_.rename(path_of(name), path_of(aside)));
    TRY(fs_.sync_directory(options_.directory));
    compactor_->forget(request.partition);
    return fresh;
  }
  RecoveryOptions options;
  options.partition = request.partition;
  options.topic_id = request.topic_id;
  options.config = request.config;
  options.log_start = request.log_start;
  options.clean = was_clean_;
  options.sync_had_failed = sync_had_failed_;
  options.kreel_wrote_it = kreel_wrote_it_;
  options.mark = marks_->find(mark_key(request.partition, request.topic_id));
  if (const auto point = recovery_points_.find(request.partition);
      point != recovery_points_.end()) {
    options.recovery_point = point->second;
  }
  {
    const std::lock_guard lock(log_starts_mutex_);
    if (const auto start = log_starts_.find(request.partition); start != log_starts_.end()) {
      options.log_start = std::max(options.log_start, start->second);
    }
  }
  TRY_ASSIGN(auto state, recover_log(context_, options));
  if (state.damage && options_.strict) {
    return fail(ErrorKind::kBadInput, state.damage->reason,
                "look with `kreel segments verify`, or start without --strict to serve the rest");
  }
  if (state.segments.empty() || (!has_metadata && !request.topic_id.is_zero())) {
    state.directory_exists = false;
  }
  return state;
}

Result<std::shared_ptr<PartitionLog>> DiskLogManager::make_log(const OpenRequest& request) {
  TRY_ASSIGN(auto state, recover(request));
  const bool to_be_marked =
      !options_.ephemeral && !was_clean_ && !state.segments.empty() && !state.damage;
  if (to_be_marked) {
    const auto& end = state.end;
    const KeyedMark mark{mark_key(request.partition, request.topic_id),
                         DurableMark{end.segment, end.position, end.offset}};
    marks_->record(std::array{mark});
  }
  auto log = std::make_shared<PartitionLog>(context_, request.partition, request.topic_id,
                                            request.config, std::move(state));
  log->ask_for_service();
  return log;
}

Result<void> DiskLogManager::delete_logs(const std::vector<TopicPartition>& partitions) {
  Result<void> outcome;
  bool renamed = false;
  for (const auto& partition : partitions) {
    const auto retired = retire_log(partition);
    if (retired) {
      renamed = renamed || *retired;
    } else if (outcome) {
      outcome = fail(retired.error());
    }
  }
  if (renamed && !options_.ephemeral) TRY(fs_.sync_directory(options_.directory));
  return outcome;
}

/// True when a directory got another name, which is to be made durable.
Result<bool> DiskLogManager::retire_log(const TopicPartition& partition) {
  std::shared_ptr<PartitionLog> log;
  {
    const std::lock_guard lock(logs_mutex_);
    const auto found = logs_.find(partition);
    if (found == logs_.end()) return false;
    log = std::move(found->second);
    logs_.erase(found);
  }
  log->retire();
  high_watermark_moved(*log);
  marks_->forget(mark_key(partition, log->topic_id()));
  compactor_->forget(partition);
  {
    const std::lock_guard lock(log_starts_mutex_);
    log_starts_.erase(partition);
  }
  if (!fs_.is_directory(log->directory())) return false;
  const auto aside = fmt::format("{}.{}{}", partition.to_string(),
                                 Uuid::random(random_).to_dashed_string(), kDeletedDirectorySuffix);
  const auto renamed = fs_.rename(log->directory(), path_of(aside));
  if (!renamed && renamed.error().kind() == ErrorKind::kNotFound) return false;
  TRY(renamed);
  remove_later(path_of(aside), log->config().file_delete_delay_ms);
  return true;
}

std::vector<std::shared_ptr<PartitionLog>> DiskLogManager::all_logs() const {
  const std::lock_guard lock(logs_mutex_);
  std::vector<std::shared_ptr<PartitionLog>> logs;
  logs.reserve(logs_.size());
  for (const auto& [partition, log] : logs_) logs.push_back(log);
  return logs;
}

void DiskLogManager::wants_sync(std::shared_ptr<PartitionLog> log, bool soon) {
  flusher_->wants_sync(std::move(log), soon);
}

void DiskLogManager::high_watermark_moved(Log& log) {
  auto* listener = listener_.load();
  if (listener != nullptr && log.watch_bits().load() != 0) listener->high_watermark_moved(log);
}

void DiskLogManager::storage_failed(const Error& error) {
  if (failed_.exchange(true)) return;
  if (const auto noted = fs_.open(path_of(kSyncFailedFile), fs::OpenMode::kCreateOrOpen); !noted) {
    log::error(noted.error().message() + "; the next start does not know that the storage failed");
  }
  const std::lock_guard lock(failure_mutex_);
  if (failure_handler_) failure_handler_(error);
}

Result<void> DiskLogManager::save_log_start(const TopicPartition& partition, Offset log_start) {
  return save_log_starts({{partition, log_start}});
}

Result<void> DiskLogManager::save_log_starts(const OffsetsByPartition& starts) {
  const std::lock_guard lock(log_starts_mutex_);
  OffsetsByPartition moved;
  for (const auto& [partition, start] : starts) {
    const auto saved = log_starts_.find(partition);
    if (saved == log_starts_.end() || saved->second < start) moved.emplace(partition, start);
  }
  if (moved.empty()) return {};
  if (log_start_saver_) TRY(log_start_saver_(moved));
  auto all = log_starts_;
  for (const auto& [partition, start] : moved) all[partition] = start;
  if (!log_start_saver_ && !options_.ephemeral) {
    TRY(write_offset_checkpoint(fs_, path_of(kLogStartFile), all));
  }
  log_starts_ = std::move(all);
  return {};
}

Result<void> DiskLogManager::prove_durable(const KeyedMark& mark) {
  if (!marks_->record(std::array{mark})) {
    return fail(ErrorKind::kIo, path_of(kMarkFile) + " cannot be written");
  }
  auto synced = marks_->sync();
  if (!synced) storage_failed(synced.error());
  return synced;
}

void DiskLogManager::remove_later(std::string path, std::int64_t delay_ms) {
  const std::lock_guard lock(removals_mutex_);
  removals_.push_back({std::move(path), clock_.monotonic_ms() + delay_ms});
}

void DiskLogManager::set_high_watermark_listener(HighWatermarkListener* listener) {
  listener_.store(listener);
}

void DiskLogManager::set_log_start_saver(LogStartSaver saver) {
  const std::lock_guard lock(log_starts_mutex_);
  log_start_saver_ = std::move(saver);
}

void DiskLogManager::set_storage_failure_handler(std::function<void(const Error&)> handler) {
  const std::lock_guard lock(failure_mutex_);
  failure_handler_ = std::move(handler);
}

}  // namespace kreel::storage
