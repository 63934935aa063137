#include "broker/partition_markers.hpp"

#include <memory>
#include <utility>

#include "broker/broker.hpp"
#include "broker/group_service.hpp"
#include "broker/io_thread.hpp"
#include "broker/partition_lookup.hpp"

namespace kreel::broker {
namespace {

using coordinator::TransactionMarker;
using protocol::ErrorCode;
using storage::TopicPartition;

/// One marker on its way into several partitions.
struct Writing {
  TransactionMarker marker;
  std::vector<TopicPartition> partitions;
  std::vector<ErrorCode> errors;
  std::vector<std::size_t> in_logs;     // indexes of what was appended here
  std::vector<std::size_t> in_offsets;  // and of what a group coordinator appends
  std::size_t offsets_left = 0;
  PartitionMarkers::Written done;
};

void finish(const std::shared_ptr<Writing>& writing) {
  // The one who waits may destroy the callback.
  const auto done = std::move(writing->done);
  done(std::move(writing->errors));
}

}  // namespace

storage::MarkerOptions marker_options(const TransactionMarker& marker) {
  return {.producer_id = marker.producer_id,
          .producer_epoch = marker.producer_epoch,
          .coordinator_epoch = marker.coordinator_epoch,
          .committed = marker.committed,
          .transaction_version = static_cast<std::int8_t>(marker.transaction_version),
          .by_its_coordinator = marker.by_its_coordinator};
}

PartitionMarkers::PartitionMarkers(Broker& broker, IoThread& io)
    : PartitionMarkers(
          broker, io,
          [&broker, &io](PartitionId partition, const TransactionMarker& marker, Done done) {
            broker.groups().router().end_transaction(io.executor(), partition, marker,
                                                     std::move(done));
          }) {}

void PartitionMarkers::make_durable(std::vector<TopicPartition> partitions, Done done) {
  const auto snapshot = broker_.catalog().snapshot();
  std::vector<storage::DurableTarget> targets;
  for (const auto& partition : partitions) {
    // One that was deleted holds nothing that could be lost.
    auto found = find_partition(*snapshot, partition.topic, partition.partition);
    if (found.log == nullptr) continue;
    const Offset end = found.log->offsets().log_end;
    targets.push_back({std::move(found.log), end});
  }
  broker_.flusher().await_on_disk(
      std::move(targets), io_.executor(), [done = std::move(done)](bool on_disk) {
        done(on_disk ? ErrorCode::NONE : ErrorCode::KAFKA_STORAGE_ERROR);
      });
}

void PartitionMarkers::write(const TransactionMarker& marker,
                             std::vector<TopicPartition> partitions, Written done) {
  auto writing = std::make_shared<Writing>();
  writing->marker = marker;
  writing->partitions = std::move(partitions);
  writing->errors.resize(writing->partitions.size(), ErrorCode::NONE);
  writing->done = std::move(done);
  const auto snapshot = broker_.catalog().snapshot();
  std::vector<storage::DurableTarget> targets;
  for (std::size_t i = 0; i < writing->partitions.size(); ++i) {
    const auto& partition = writing->partitions[i];
    const auto found = find_partition(*snapshot, partition.topic, partition.partition);
    writing->errors[i] = found.error;
    if (found.log == nullptr) continue;
    if (partition.topic == catalog::kConsumerOffsetsTopic) {
      writing->in_offsets.push_back(i);
      continue;
    }
    const auto result = found.log->append_marker(marker_options(marker));
    writing->errors[i] = result.error;
    if (result.error != ErrorCode::NONE) continue;
    writing->in_logs.push_back(i);
    targets.push_back({found.log, result.last_offset + 1});
  }
  writing->offsets_left = writing->in_offsets.size();
  broker_.flusher().await_on_disk(std::move(targets), io_.executor(),
                                  [writing, end_offsets = end_offsets_](bool on_disk) {
                                    for (const auto i : writing->in_logs) {
                                      if (!on_disk)
                                        writing->errors[i] = ErrorCode::KAFKA_STORAGE_ERROR;
                                    }
                                    if (writing->in_offsets.empty()) return finish(writing);
                                    for (const auto i : writing->in_offsets) {
                                      end_offsets(writing->partitions[i].partition, writing->marker,
                                                  [writing, i](ErrorCode error) {
                                                    writing->errors[i] = error;
                                                    if (--writing->offsets_left == 0)
                                                      finish(writing);
                                                  });
                                    }
                                  });
}

}  // namespace kreel::broker
