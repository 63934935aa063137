#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "fs/file_system.hpp"
#include "storage/handle_cache.hpp"
#include "storage/limits.hpp"
#include "storage/log.hpp"
#include "storage/log_config.hpp"
#include "storage/mark_file.hpp"

namespace kreel::storage {

class PartitionLog;

/// What a log asks of the directory that it lives in. Thread-safe; called with no lock of the log
/// held, unless said otherwise.
class LogHost {
 public:
  virtual ~LogHost() = default;
  /// The log wants its sync() called: soon, or with the next round and kLazySyncMs later at most.
  virtual void wants_sync(std::shared_ptr<PartitionLog> log, bool soon) = 0;
  virtual void high_watermark_moved(Log& log) = 0;
  /// The disk has failed for good. May be called with locks held; must not block.
  virtual void storage_failed(const Error& error) = 0;
  /// A write has found no room; may be called with locks held.
  virtual void found_disk_full() = 0;
  /// The same for what goes on meanwhile; true when there is room for another try.
  virtual bool use_reserve() = 0;
  /// Makes a new log start durable; with the log's sync lock held.
  virtual Result<void> save_log_start(const TopicPartition& partition, Offset log_start) = 0;
  /// Makes it durable that everything before `mark` is.
  virtual Result<void> prove_durable(const KeyedMark& mark) = 0;
  /// Removes a renamed file after `delay_ms`; with the log's sync lock held.
  virtual void remove_later(std::string path, std::int64_t delay_ms) = 0;
};

/// What all logs of one data directory share. Outlives them.
struct LogContext {
  fs::FileSystem& fs;
  const Clock& clock;
  HandleCache& handles;
  LogHost& host;
  std::string data_directory;
  FlushPolicy flush;
  bool ephemeral = false;
  std::uint64_t producer_save_bytes = kProducerSaveBytes;
  /// Bytes that a start after a crash still reads although they are proven durable, to find damage.
  std::atomic<std::int64_t> check_budget_bytes{kStartCheckBytes};
};

}  // namespace kreel::storage
