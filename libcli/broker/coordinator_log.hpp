#pragma once

#include <memory>

#include "coordinator/record_writer.hpp"
#include "storage/log.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// Where a coordinator's records go, and when they count as durable.
struct CoordinatorLog {
  const char* topic = nullptr;
  /// In every flush mode, not in commit alone.
  bool always_on_disk = false;
};

/// Puts a shard's records into the logs of its topic.
class CoordinatorLogWriter final : public coordinator::RecordWriter {
 public:
  CoordinatorLogWriter(Broker& broker, IoThread& io, CoordinatorLog log)
      : broker_(broker), io_(io), log_(log) {}

  Appended append(PartitionId partition, MutableByteView batch, Durable durable) override;
  Appended append_marker(PartitionId partition, const coordinator::TransactionMarker& marker,
                         Durable durable) override;

 private:
  /// Appends with `append(log)` and promises `durable` the outcome.
  template <class Append>
  Appended append_with(PartitionId partition, Durable durable, Append append);

  Broker& broker_;
  IoThread& io_;
  CoordinatorLog log_;
};

/// Reads a partition's log for replay, on the reader thread.
coordinator::BatchSource replay_source(Broker& broker, IoThread& io,
                                       std::shared_ptr<storage::Log> log);

}  // namespace kreel::broker
