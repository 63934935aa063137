#pragma once

#include <functional>
#include <vector>

#include "coordinator/transaction_marker.hpp"
#include "storage/transaction.hpp"

namespace kreel::broker {

class Broker;
class IoThread;

storage::MarkerOptions marker_options(const coordinator::TransactionMarker& marker);

/// Ends transactions in the logs of this broker, for one io thread.
class PartitionMarkers final : public coordinator::MarkerWriter {
 public:
  /// Ends a transaction in a partition of __consumer_offsets, whose coordinator has to know.
  using EndOffsets =
      std::function<void(PartitionId, const coordinator::TransactionMarker&, Done done)>;

  /// With the group coordinators of this broker.
  PartitionMarkers(Broker& broker, IoThread& io);
  PartitionMarkers(Broker& broker, IoThread& io, EndOffsets end_offsets)
      : broker_(broker), io_(io), end_offsets_(std::move(end_offsets)) {}

  void make_durable(std::vector<storage::TopicPartition> partitions, Done done) override;
  void write(const coordinator::TransactionMarker& marker,
             std::vector<storage::TopicPartition> partitions, Written done) override;

 private:
  Broker& broker_;
  IoThread& io_;
  EndOffsets end_offsets_;
};

}  // namespace kreel::broker
