#pragma once

#include <memory>

#include "coordinator/record_writer.hpp"
#include "storage/log.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

/// Puts a shard's records into the logs of __consumer_offsets.
class OffsetsLogWriter final : public coordinator::RecordWriter {
 public:
  OffsetsLogWriter(Broker& broker, IoThread& io) : broker_(broker), io_(io) {}

  Appended append(PartitionId partition, MutableByteView batch, Durable durable) override;
  Appended append_marker(PartitionId partition, const coordinator::TransactionMarker& marker,
                         Durable durable) override;

 private:
  /// Appends with `append(log)` and promises `durable` the outcome.
  template <class Append>
  Appended append_with(PartitionId partition, Durable durable, Append append);

  Broker& broker_;
  IoThread& io_;
};

/// Reads a partition's log for replay, on the reader thread.
coordinator::BatchSource replay_source(Broker& broker, IoThread& io,
                                       std::shared_ptr<storage::Log> log);

}  // namespace kreel::broker
