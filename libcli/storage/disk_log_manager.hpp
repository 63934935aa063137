#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/checkpoint_file.hpp"
#include "storage/clock_guard.hpp"
#include "storage/compactor.hpp"
#include "storage/disk_reserve.hpp"
#include "storage/group_flusher.hpp"
#include "storage/handle_cache.hpp"
#include "storage/log_host.hpp"
#include "storage/log_manager.hpp"
#include "storage/mark_file.hpp"
#include "storage/meta_properties.hpp"
#include "storage/partition_log.hpp"
#include "storage/recovery.hpp"

namespace kreel::storage {

/// The LogManager of a directory in Kafka's format. Its logs must be gone before it goes.
class DiskLogManager final : public LogManager, private LogHost {
 public:
  static Result<std::unique_ptr<DiskLogManager>> open(fs::FileSystem& fs, const Clock& clock,
                                                      Random& random, LogManagerOptions options);
  ~DiskLogManager() override;

  const std::string& directory() const override { return options_.directory; }
  const std::string& cluster_id() const override { return meta_.cluster_id; }
  const Uuid& directory_id() const override { return meta_.directory_id; }
  bool last_stop_was_clean() const override { return was_clean_; }
  Result<std::shared_ptr<Log>> open_log(const TopicPartition& partition, const Uuid& topic_id,
                                        const LogConfig& config, Offset log_start) override;
  Result<std::vector<std::shared_ptr<Log>>> open_logs(
      const std::vector<OpenRequest>& requests) override;
  Result<void> delete_logs(const std::vector<TopicPartition>& partitions) override;
  Result<void> save_log_starts(const OffsetsByPartition& starts) override;
  Flusher& flusher() override { return *flusher_; }
  void set_high_watermark_listener(HighWatermarkListener* listener) override;
  void set_log_start_saver(LogStartSaver saver) override;
  void set_storage_failure_handler(std::function<void(const Error&)> handler) override;
  void start() override;
  void run_due_work() override;
  void stop() override;
  const CompactionMetrics& compaction() const override { return compactor_->metrics(); }
  void set_compaction(const LogManagerOptions::Compaction& settings) override {
    compactor_->set_settings(settings);
  }
  fs::FreeSpace free_space() const override;
  bool disk_is_full() const override { return disk_is_full_.load(std::memory_order_relaxed); }
  bool use_reserve() override;

  /// The flusher's work until nothing is queued.
  void run_pending();
  /// Whatever of the maintenance is due by the clock.
  void run_maintenance();
  /// Retention now, whatever the interval; for tests and tools.
  void apply_retention();
  /// Compaction now, whatever the interval; for tests and tools.
  void compact() { compactor_->run(); }

 private:
  struct Removal {
    std::string path;
    std::int64_t due_ms;
  };

  DiskLogManager(fs::FileSystem& fs, const Clock& clock, Random& random, LogManagerOptions options);

  Result<void> prepare_directory();
  Result<void> note_who_wrote_it();
  Result<std::optional<MetaProperties>> read_meta();
  Result<void> complete_meta(const std::optional<MetaProperties>& found);
  void read_last_stop();
  Result<void> begin_run();
  void read_checkpoints();
  std::string path_of(std::string_view name) const;

  Result<std::shared_ptr<PartitionLog>> make_log(const OpenRequest& request);
  Result<LogState> recover(const OpenRequest& request);
  Result<bool> is_stray(const OpenRequest& request, bool& has_metadata);
  std::vector<std::shared_ptr<PartitionLog>> all_logs() const;
  Result<bool> retire_log(const TopicPartition& partition);

  // LogHost.
  void wants_sync(std::shared_ptr<PartitionLog> log, bool soon) override;
  void high_watermark_moved(Log& log) override;
  void storage_failed(const Error& error) override;
  Result<void> save_log_start(const TopicPartition& partition, Offset log_start) override;
  void found_disk_full() override;
  Result<void> prove_durable(const KeyedMark& mark) override;
  void remove_later(std::string path, std::int64_t delay_ms) override;

  // disk_log_maintenance.cpp
  void maintenance_main();
  void check_disk_space();
  void refill_reserve();
  void set_disk_is_full(bool is_full);
  void remove_due_files();
  Result<void> write_checkpoints();
  bool put_logs_away(bool several_at_once);
  Result<void> write_clean_marker();
  void sync_marks();

  fs::FileSystem& fs_;
  const Clock& clock_;
  Random& random_;
  const LogManagerOptions options_;
  std::unique_ptr<fs::FileLock> lock_;
  MetaProperties meta_;
  std::mutex begin_mutex_;
  bool has_begun_ = false;
  bool was_clean_ = false;
  bool sync_had_failed_ = false;
  bool kreel_wrote_it_ = true;
  OffsetsByPartition recovery_points_;
  HandleCache handles_;
  DiskReserve reserve_;
  std::unique_ptr<MarkFile> marks_;
  std::unique_ptr<GroupFlusher> flusher_;
  LogContext context_;
  std::unique_ptr<ClockGuard> clock_guard_;
  std::unique_ptr<Compactor> compactor_;

  mutable std::mutex logs_mutex_;
  std::set<std::string> directories_;  // on disk and not opened
  std::map<TopicPartition, std::shared_ptr<PartitionLog>> logs_;

  std::mutex log_starts_mutex_;
  OffsetsByPartition log_starts_;
  LogStartSaver log_start_saver_;

  std::mutex removals_mutex_;
  std::vector<Removal> removals_;

  std::mutex failure_mutex_;
  std::function<void(const Error&)> failure_handler_;
  std::atomic<bool> failed_{false};
  std::atomic<HighWatermarkListener*> listener_{nullptr};
  std::atomic<bool> disk_is_full_{false};

  std::int64_t next_space_check_ms_ = 0;
  std::int64_t next_mark_sync_ms_ = 0;
  std::int64_t next_checkpoint_ms_ = 0;
  std::int64_t next_retention_ms_ = 0;
  std::int64_t next_producer_check_ms_ = 0;

  std::mutex thread_mutex_;
  std::condition_variable thread_woken_;
  bool stopping_ = false;
  bool stopped_ = false;
  std::thread maintenance_;
};

}  // namespace kreel::storage
