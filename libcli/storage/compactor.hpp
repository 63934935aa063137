#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/siphash.hpp"
#include "storage/checkpoint_file.hpp"
#include "storage/log_manager.hpp"
#include "storage/partition_log.hpp"

namespace kreel::storage {

/// Compacts the logs of a data directory, the dirtiest first, one at a time. On a thread of its
/// own: a large log takes minutes, and the maintenance thread has work for each second. That thread
/// steps back for all others, and can be told not to read and write more than so many bytes a
/// second.
class Compactor {
 public:
  struct Options {
    std::string directory;
    LogManagerOptions::Compaction settings;  ///< until set_settings()
    bool ephemeral = false;
    SipKey secret;
  };
  using Logs = std::function<std::vector<std::shared_ptr<PartitionLog>>()>;

  /// Reads the checkpoint; one that cannot be read is none.
  Compactor(fs::FileSystem& fs, const Clock& clock, Options options, Logs logs);
  ~Compactor() { stop(); }

  void start();
  void stop();
  /// What the thread does every `backoff_ms`, when that is due, on the caller's thread.
  void run_if_due();
  /// Compacts until no log needs it.
  void run();

  /// A log is gone, or begins anew.
  void forget(const TopicPartition& partition);
  /// Tombstones go by the wall clock: nothing is compacted while that is not trusted.
  void trust_clock(bool trusted) { clock_is_trusted_.store(trusted); }
  const CompactionMetrics& metrics() const { return metrics_; }
  /// Thread-safe. From the next round on; what is switched on or off stays so.
  void set_settings(const LogManagerOptions::Compaction& settings);

 private:
  using Log = std::shared_ptr<PartitionLog>;

  void thread_main();
  Log find_dirtiest();
  void compact(PartitionLog& log);
  bool save_checkpoint(const PartitionLog& log, Offset clean_to);
  Offset checkpoint_of(const PartitionLog& log) const;
  void note_failure(const PartitionLog& log, const Error& error);
  bool is_out_of_turn(const PartitionLog& log) const;
  bool pace(std::uint64_t bytes);
  LogManagerOptions::Compaction settings() const;
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }

  fs::FileSystem& fs_;
  const Clock& clock_;
  const Options options_;
  const std::string checkpoint_path_;
  const Logs logs_;
  CompactionMetrics metrics_;

  mutable std::mutex checkpoint_mutex_;
  OffsetsByPartition checkpoint_;

  // Of the thread that compacts.
  struct Failure {
    std::weak_ptr<const PartitionLog> log;
    std::int64_t retry_at_ms;
  };
  std::map<TopicPartition, Failure> failures_;
  std::set<TopicPartition> done_;  ///< in this round, whatever came out
  std::int64_t next_round_ms_ = 0;
  std::int64_t pace_started_ms_ = 0;
  std::uint64_t paced_bytes_ = 0;

  std::atomic<bool> clock_is_trusted_{true};
  std::atomic<bool> stopping_{false};
  mutable std::mutex thread_mutex_;
  std::condition_variable thread_woken_;
  LogManagerOptions::Compaction settings_;  ///< under thread_mutex_
  bool has_thread_ = false;                 ///< without one nothing waits
  std::thread thread_;
};

}  // namespace kreel::storage
