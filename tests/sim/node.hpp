#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "broker/connection.hpp"
#include "catalog/broker_config.hpp"
#include "catalog/catalog.hpp"
#include "sim/world.hpp"
#include "storage/log_manager.hpp"
#include "support/faulty_file_system.hpp"

namespace kreel::sim {

struct NodeOptions {
  storage::FlushMode flush = storage::FlushMode::kCommit;
  std::int64_t flush_interval_ms = 0;
  int io_threads = 1;
  catalog::ConfigMap settings;
};

/// The whole broker but its sockets, on simulated threads and a disk that crashes. The threads of
/// storage (flusher, maintenance) are one more, which the scheduler lets run.
class Node {
 public:
  Node(World& world, NodeOptions options);
  ~Node();

  /// Starts on what the disk has; false when it refuses, which is a violation unless faults are on.
  bool boot();
  bool is_up() const { return broker_ != nullptr; }
  /// Counts lives: what belongs to an older one is dead.
  int life() const { return life_; }

  /// SIGTERM.
  void stop();
  /// kill -9: what was written stays, synced or not.
  void kill();
  /// Power failure: some legal subset of what was not synced is lost.
  void lose_power();
  /// The same in the middle of a step, at one of the disk's next operations: what the broker does
  /// after it does not reach anybody. lose_power() then starts from there.
  void lose_power_at_op(std::uint64_t operations);
  bool is_frozen() const { return frozen_ != nullptr; }
  /// Whether a sync or a write has failed for good: the process would end with exit code 9.
  bool storage_failed() const { return storage_failed_; }

  test::FaultyFileSystem& fs() { return *fs_; }
  broker::Broker& broker() { return *broker_; }
  catalog::Catalog& catalog() { return *catalog_; }
  std::size_t io_threads() const { return threads_.size() - 1; }
  broker::IoThread& io(std::size_t index) { return *io_[index]; }

  /// Calls `what` once, when this life is over.
  void at_death(std::function<void()> what) { at_death_.push_back(std::move(what)); }

  /// Lets one thread that has something to do take a step; false when none has.
  bool step();
  std::int64_t next_due_ms() const;

 private:
  void end_life(test::Node image);
  test::Node crash_image();
  bool open();

  World& world_;
  NodeOptions options_;
  std::unique_ptr<test::FaultyFileSystem> fs_;
  std::vector<std::unique_ptr<SimThread>> threads_;  // io threads, then the reader
  catalog::BrokerConfig config_;
  std::unique_ptr<storage::LogManager> logs_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::vector<std::unique_ptr<broker::IoThread>> io_;
  std::unique_ptr<broker::Broker> broker_;
  int life_ = 0;
  bool storage_failed_ = false;
  test::Node frozen_;
  std::vector<std::function<void()>> at_death_;
  std::int64_t disk_due_ms_ = 0;
};

}  // namespace kreel::sim
