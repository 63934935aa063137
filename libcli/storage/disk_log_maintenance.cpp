#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "storage/disk_log_manager.hpp"
#include "storage/limits.hpp"
#include "storage/names.hpp"
#include "storage/sync_workers.hpp"

// The maintenance of a data directory, and its start and stop.

namespace kreel::storage {
namespace {

constexpr auto kMaintenanceTick = std::chrono::seconds(1);

/// Whether something with this interval is due; sets the next time.
bool take_turn(std::int64_t now_ms, std::int64_t& next_ms, std::int64_t interval_ms) {
  if (now_ms < next_ms) return false;
  next_ms = now_ms + interval_ms;
  return true;
}

/// Produce is refused when less is free.
std::uint64_t soft_mark(const fs::FreeSpace& space) {
  return std::min(kFreeSpaceSoftBytes, space.total_bytes / 100 * kFreeSpaceSoftPercent);
}

void log_failure(const Result<void>& done) {
  if (!done) log::warning(done.error().message());
}

/// One line for all: on a full disk there is one failure for each log.
void warn_of_unsaved(const std::vector<Result<void>>& saved) {
  const auto failed = std::ranges::count_if(saved, [](const auto& one) { return !one; });
  if (failed == 0) return;
  const auto first = std::ranges::find_if(saved, [](const auto& one) { return !one; });
  log::warning("indexes of " + std::to_string(failed) + " logs are not saved, the next start " +
               "makes them again: " + first->error().message());
}

}  // namespace

void DiskLogManager::start() {
  flusher_->start();
  maintenance_ = std::thread([this] { maintenance_main(); });
  compactor_->start();
}

void DiskLogManager::maintenance_main() {
  std::unique_lock lock(thread_mutex_);
  while (!stopping_) {
    lock.unlock();
    run_maintenance();
    lock.lock();
    thread_woken_.wait_for(lock, kMaintenanceTick, [this] { return stopping_; });
  }
}

void DiskLogManager::run_pending() {
  flusher_->run_pending();
}

void DiskLogManager::run_due_work() {
  run_pending();
  run_maintenance();
  compactor_->run_if_due();
}

void DiskLogManager::run_maintenance() {
  const auto now = clock_.monotonic_ms();
  if (take_turn(now, next_mark_sync_ms_, kMarkSyncMs)) sync_marks();
  remove_due_files();
  const auto space_interval = disk_is_full() ? kMarkSyncMs : kDiskSpaceCheckMs;
  if (take_turn(now, next_space_check_ms_, space_interval)) {
    check_disk_space();
    refill_reserve();
  }
  if (take_turn(now, next_producer_check_ms_, options_.producer_id_check_interval_ms)) {
    for (const auto& log : all_logs()) log->expire_producers(options_.producer_id_expiration_ms);
  }
  if (take_turn(now, next_retention_ms_, options_.retention_check_interval_ms)) apply_retention();
  if (take_turn(now, next_checkpoint_ms_, options_.checkpoint_interval_ms)) {
    log_failure(write_checkpoints());
  }
}

void DiskLogManager::sync_marks() {
  if (options_.ephemeral) return;
  if (const auto synced = marks_->sync(); !synced) storage_failed(synced.error());
}

void DiskLogManager::apply_retention() {
  const bool by_time = clock_guard_->check();
  compactor_->trust_clock(by_time);
  for (const auto& log : all_logs()) {
    const auto applied = log->apply_retention({by_time});
    if (!applied) {
      log::warning(log->topic_partition().to_string() +
                   ": retention: " + applied.error().message());
    }
  }
}

void DiskLogManager::remove_due_files() {
  const auto now = clock_.monotonic_ms();
  std::vector<Removal> due;
  {
    const std::lock_guard lock(removals_mutex_);
    const auto first_due =
        std::partition(removals_.begin(), removals_.end(),
                       [&](const Removal& removal) { return removal.due_ms > now; });
    due.assign(first_due, removals_.end());
    removals_.erase(first_due, removals_.end());
  }
  for (const auto& removal : due) log_failure(fs::remove_tree(fs_, removal.path));
}

/// What was given up of the reserve is not for clients, so it has to be free as well.
void DiskLogManager::check_disk_space() {
  const auto space = fs_.free_space(options_.directory);
  if (!space) return;
  const auto missing = options_.ephemeral ? 0 : reserve_.missing_bytes(*space);
  set_disk_is_full(space->available_bytes < soft_mark(*space) + missing);
}

void DiskLogManager::refill_reserve() {
  if (options_.ephemeral) return;
  const auto space = fs_.free_space(options_.directory);
  if (space) reserve_.refill(*space, soft_mark(*space));
}

void DiskLogManager::set_disk_is_full(bool is_full) {
  if (is_full == disk_is_full_.exchange(is_full)) return;
  if (is_full) {
    log::error("the disk of " + options_.directory +
               " is full: " + std::to_string(free_space().available_bytes) +
               " bytes are left; produce is refused until there is room. kreel topics trim, topics "
               "delete and a shorter retention (topics alter) work meanwhile and make some");
  } else {
    log::info("the disk of " + options_.directory + " has room again");
  }
}

void DiskLogManager::found_disk_full() {
  set_disk_is_full(true);
}

bool DiskLogManager::use_reserve() {
  found_disk_full();
  return !options_.ephemeral && reserve_.give_up_part();
}

fs::FreeSpace DiskLogManager::free_space() const {
  const auto space = fs_.free_space(options_.directory);
  return space ? *space : fs::FreeSpace{};
}

Result<void> DiskLogManager::write_checkpoints() {
  if (options_.ephemeral) return {};
  OffsetsByPartition durable;
  OffsetsByPartition starts;
  OffsetsByPartition watermarks;
  for (const auto& log : all_logs()) {
    if (!log->has_files() || log->is_offline()) continue;
    const auto offsets = log->offsets();
    const auto& partition = log->topic_partition();
    durable[partition] = log->damage() ? log->damage()->at.offset : log->durable_end();
    watermarks[partition] = offsets.high_watermark;
    if (offsets.log_start > 0) starts[partition] = offsets.log_start;
  }
  TRY(write_offset_checkpoint(fs_, path_of(kRecoveryPointFile), durable));
  TRY(write_offset_checkpoint(fs_, path_of(kHighWatermarkFile), watermarks));
  const std::lock_guard lock(log_starts_mutex_);
  for (const auto& [partition, start] : starts) {
    auto& saved = log_starts_[partition];
    saved = std::max(saved, start);
  }
  return write_offset_checkpoint(fs_, path_of(kLogStartFile), log_starts_);
}

Result<void> DiskLogManager::write_clean_marker() {
  constexpr std::string_view kMarker = "{\"version\":0,\"brokerEpoch\":-1}";
  return fs::replace_file(fs_, path_of(kCleanMarkerFile), as_bytes(kMarker));
}

/// Each log waits for the disk twice, so thousands of them are done several at once: the file
/// system commits what is synced together in one go. Says whether the next start can rely on all
/// of it.
bool DiskLogManager::put_logs_away(bool several_at_once) {
  const auto logs = all_logs();
  std::vector<SyncOutcome> outcomes(logs.size());
  std::vector<Result<void>> written(logs.size());
  std::atomic<bool> is_clean = true;
  SyncWorkers workers(kSyncWorkersMax);
  if (several_at_once) workers.start();
  workers.for_each(logs.size(), [&](std::size_t i) {
    outcomes[i] = logs[i]->sync_all();
    written[i] = logs[i]->write_derived_files();
    // What is damaged has to be looked at again by the next start.
    const bool is_synced = !outcomes[i].failed && !outcomes[i].again;
    if (!is_synced || !written[i] || logs[i]->damage()) is_clean = false;
  });
  warn_of_unsaved(written);
  for (const SyncOutcome& outcome : outcomes) {
    if (outcome.mark) marks_->record(std::array{*outcome.mark});
  }
  return is_clean;
}

void DiskLogManager::stop() {
  {
    const std::lock_guard lock(thread_mutex_);
    if (std::exchange(stopped_, true)) return;
    stopping_ = true;
  }
  thread_woken_.notify_all();
  compactor_->stop();
  const bool has_threads = maintenance_.joinable();
  if (has_threads) maintenance_.join();
  flusher_->stop();
  flusher_->run_pending();
  flusher_->drop_rest();
  if (options_.ephemeral) return;

  // What ends the logs finds room; the next start waits until it is there again.
  if (disk_is_full()) reserve_.give_up_all();
  bool is_clean = put_logs_away(has_threads) && !failed_.load();
  sync_marks();
  const auto checkpoints = write_checkpoints();
  log_failure(checkpoints);
  {
    // A directory that was not opened was not looked at either.
    const std::lock_guard lock(logs_mutex_);
    if (!was_clean_ && !directories_.empty()) is_clean = false;
  }
  if (!is_clean || !checkpoints || failed_.load()) {
    return log::warning("the stop was not a clean one: the next start looks through the logs");
  }
  if (sync_had_failed_) log_failure(fs_.remove_file(path_of(kSyncFailedFile)));
  log_failure(write_clean_marker());
}

}  // namespace kreel::storage
