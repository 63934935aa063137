#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/executor.hpp"
#include "base/types.hpp"
#include "storage/log.hpp"

namespace kreel::storage {

/// Everything below `end_offset` of `log` is to be on disk.
struct DurableTarget {
  std::shared_ptr<Log> log;
  Offset end_offset = 0;
};

/// Group commit for one data directory: a queue, one thread that drains it and workers that sync
/// several files at once. Thread-safe.
class Flusher {
 public:
  /// `durable` is false when the disk failed: nothing may be acknowledged.
  using Done = std::function<void(bool durable)>;

  virtual ~Flusher() = default;

  /// Posts `done` to `executor` once every target is durable, after the high watermarks have moved.
  /// With flush=interval or os it is posted at once, unless a topic's flush.messages has asked for
  /// a sync: acknowledgements wait for that one, as in Apache Kafka. Tasks for one executor and one
  /// round of syncs travel in one post, in the order of the calls.
  virtual void await_durable(std::vector<DurableTarget> targets, Executor& executor, Done done) = 0;

  /// The same in every flush mode: for what must not be torn by a power failure, though records may
  /// be lost.
  virtual void await_on_disk(std::vector<DurableTarget> targets, Executor& executor, Done done) = 0;

  /// Runs `work` on the flusher's thread (creating, renaming, syncing files is allowed there), then
  /// posts `done` to `executor`.
  virtual void run(std::function<void()> work, Executor& executor, std::function<void()> done) = 0;
};

}  // namespace kreel::storage
