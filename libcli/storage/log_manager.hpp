#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "fs/file_system.hpp"
#include "metrics/metrics.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/flusher.hpp"
#include "storage/limits.hpp"
#include "storage/log.hpp"

namespace kreel::storage {

struct LogManagerOptions {
  std::string directory;
  FlushPolicy flush;
  BrokerId node_id = 1;
  /// Of the cluster that a new directory belongs to, and that an old one has to; empty: any.
  std::string cluster_id;
  std::int64_t retention_check_interval_ms = 300'000;
  std::int64_t checkpoint_interval_ms = 60'000;
  std::int64_t producer_id_expiration_ms = 86'400'000;
  std::int64_t producer_id_check_interval_ms = 600'000;
  /// Refuse to start on corrupt data instead of serving the rest read-only.
  bool strict = false;
  /// Keep nothing: no clean-stop marker, no sync.
  bool ephemeral = false;
  /// Threads that open_logs() recovers with; 0 is one per core.
  int recovery_threads = 0;
  std::uint64_t producer_save_bytes = kProducerSaveBytes;
  /// Segment files held open at once.
  std::size_t open_segments_max = 1024;
  /// Kafka's log.cleaner.* settings.
  struct Compaction {
    bool enabled = true;
    std::int64_t backoff_ms = 15'000;
    std::size_t map_bytes_max = kCompactionMapBytes;
    double bytes_per_second_max = std::numeric_limits<double>::max();

    bool operator==(const Compaction&) const = default;
  };
  Compaction compaction;
};

/// What compaction has done since the start; written by one thread.
struct CompactionMetrics {
  metrics::Counter passes;
  metrics::Counter bytes_read;
  metrics::Counter bytes_written;
  metrics::Counter records_removed;
  metrics::Counter failures;
};

/// All logs of one data directory: opening, recovery, retention, checkpoints, the lock, the flusher
/// and the maintenance thread.
class LogManager {
 public:
  /// Locks the directory (ErrorKind::kRefused when another broker has it), reads meta.properties
  /// (or makes them), and learns whether the last stop was clean. No partition is opened yet.
  static Result<std::unique_ptr<LogManager>> open(fs::FileSystem& fs, const Clock& clock,
                                                  Random& random, LogManagerOptions options);
  virtual ~LogManager() = default;

  virtual const std::string& directory() const = 0;
  virtual const std::string& cluster_id() const = 0;
  virtual const Uuid& directory_id() const = 0;
  virtual bool last_stop_was_clean() const = 0;

  /// Makes the partition's log available: recovers what is on disk, or starts empty. Files and the
  /// directory are made with the first record. `log_start` is the durable log start of the catalog.
  virtual Result<std::shared_ptr<Log>> open_log(const TopicPartition& partition,
                                                const Uuid& topic_id, const LogConfig& config,
                                                Offset log_start) = 0;
  /// Recovers many partitions on all cores; in the order of `requests`.
  struct OpenRequest {
    TopicPartition partition;
    Uuid topic_id;
    LogConfig config;
    Offset log_start = 0;
  };
  virtual Result<std::vector<std::shared_ptr<Log>>> open_logs(
      const std::vector<OpenRequest>& requests) = 0;

  /// Takes the logs out of service at once and removes their files after file.delete.delay.ms. One
  /// that cannot be removed keeps none of the others; the first error is returned. Blocks on the
  /// disk: not on an io thread.
  virtual Result<void> delete_logs(const std::vector<TopicPartition>& partitions) = 0;

  /// Makes new log starts durable, all with one sync: Log::delete_records_before() has nothing to
  /// wait for then. Blocks on the disk: not on an io thread.
  virtual Result<void> save_log_starts(const OffsetsByPartition& starts) = 0;

  virtual Flusher& flusher() = 0;
  virtual void set_high_watermark_listener(HighWatermarkListener* listener) = 0;
  /// Called before files go: the new log starts must be durable when it returns success.
  using LogStartSaver = std::function<Result<void>(const OffsetsByPartition& starts)>;
  virtual void set_log_start_saver(LogStartSaver saver) = 0;
  /// Called once when a sync or write has failed for good; the broker stops with exit code 9.
  virtual void set_storage_failure_handler(std::function<void(const Error&)> handler) = 0;

  /// Starts flusher and maintenance threads.
  virtual void start() = 0;
  /// Instead of start(), on the caller's thread and with no thread of its own: empties the
  /// flusher's queue, then does what maintenance has due by the clock. For tests, where the order
  /// of file operations must be the same each time.
  virtual void run_due_work() = 0;
  /// Stops the threads, syncs everything, writes checkpoints and the clean-stop marker last. What
  /// still waits at the flusher is dropped unanswered.
  virtual void stop() = 0;

  virtual const CompactionMetrics& compaction() const = 0;
  /// From the next round on; whether logs are compacted at all stays as it was at the start.
  virtual void set_compaction(const LogManagerOptions::Compaction& settings) = 0;
  virtual fs::FreeSpace free_space() const = 0;
  /// Below the soft mark of free space: produce is refused with KAFKA_STORAGE_ERROR.
  virtual bool disk_is_full() const = 0;
  /// Something that has to go on while the disk is full has found no room. Gives up a part of the
  /// space that is kept for that; false when nothing of it is left.
  virtual bool use_reserve() = 0;
};

}  // namespace kreel::storage
