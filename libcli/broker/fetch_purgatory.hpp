#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/executor.hpp"
#include "storage/log.hpp"

namespace kreel::broker {

/// A fetch that waits for more bytes. Everything on the io thread of its connection.
class ParkedFetch {
 public:
  virtual ~ParkedFetch() = default;
  /// Answers when there is enough to answer with, or when `expired`; true once it has answered.
  virtual bool try_complete(bool expired) = 0;
};

/// The fetches of one io thread that wait for the high watermark of a log to move (Kafka's delayed
/// fetch). Everything on the io thread but wake().
class FetchPurgatory {
 public:
  FetchPurgatory(std::size_t thread_index, Executor& executor)
      : watch_bit_(std::uint64_t{1} << thread_index), executor_(executor) {}

  /// Keeps `fetch` until it completes: tried again now (the log may have moved before it was
  /// watched), when one of `logs` moves, and with expired=true after `max_wait_ms`.
  void park(std::shared_ptr<ParkedFetch> fetch, std::vector<std::shared_ptr<storage::Log>> logs,
            std::int64_t max_wait_ms);

  /// From any thread: the high watermark of `log` moved, or it is gone.
  void wake(const storage::Log& log);

  /// Completes everything as expired; at stop.
  void expire_all();

  std::size_t size() const { return parked_.size(); }

 private:
  struct Entry {
    std::shared_ptr<ParkedFetch> fetch;
    std::vector<std::shared_ptr<storage::Log>> logs;
    Executor::TimerId timer = 0;
  };

  void try_entry(std::uint64_t id, bool expired);
  void drain_woken();
  void remove(std::uint64_t id);

  std::uint64_t watch_bit_;
  Executor& executor_;
  std::uint64_t next_id_ = 1;
  std::unordered_map<std::uint64_t, Entry> parked_;
  std::unordered_map<const storage::Log*, std::vector<std::uint64_t>> watchers_;

  std::mutex woken_mutex_;
  std::vector<const storage::Log*> woken_;
};

}  // namespace kreel::broker
