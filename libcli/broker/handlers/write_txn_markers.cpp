// WriteTxnMarkers, versions 1-2: ends transactions in partitions, by the word of the sender.
// Operators use it for those whose coordinator has lost them (KIP-664).
//   2: transaction version, for the check of the epoch (KIP-1228)

#include <memory>

#include "broker/broker.hpp"
#include "broker/handlers/handlers.hpp"
#include "broker/partition_markers.hpp"

namespace kreel::broker {
namespace {

using protocol::ErrorCode;

struct MarkersOfRequest {
  Call<protocol::WriteTxnMarkers> call;
  protocol::WriteTxnMarkersResponse response;
  std::size_t markers_left = 0;
};

void note(protocol::WriteTxnMarkersResponse::WritableTxnMarkerResult& out,
          const std::vector<ErrorCode>& errors) {
  std::size_t next = 0;
  for (auto& topic : out.topics) {
    for (auto& partition : topic.partitions) partition.error_code = errors[next++];
  }
}

}  // namespace

void handle(Call<protocol::WriteTxnMarkers> call, RequestContext& context) {
  auto work = std::make_shared<MarkersOfRequest>(MarkersOfRequest{std::move(call), {}, 0});
  const auto& markers = work->call.request.markers;
  if (markers.empty()) return work->call.reply(work->response);
  work->markers_left = markers.size();
  work->response.markers.resize(markers.size());
  auto writer = std::make_shared<PartitionMarkers>(context.broker, context.io);
  for (std::size_t i = 0; i < markers.size(); ++i) {
    auto& out = work->response.markers[i];
    out.producer_id = markers[i].producer_id;
    std::vector<storage::TopicPartition> partitions;
    for (const auto& topic : markers[i].topics) {
      auto& out_topic = out.topics.emplace_back();
      out_topic.name = topic.name;
      for (const PartitionId index : topic.partition_indexes) {
        out_topic.partitions.push_back({.partition_index = index});
        partitions.push_back({topic.name, index});
      }
    }
    const coordinator::TransactionMarker marker{
        .producer_id = markers[i].producer_id,
        .producer_epoch = markers[i].producer_epoch,
        .committed = markers[i].transaction_result,
        .coordinator_epoch = markers[i].coordinator_epoch,
        .transaction_version = markers[i].transaction_version};
    writer->write(marker, std::move(partitions),
                  [work, writer, i](const std::vector<ErrorCode>& errors) {
                    note(work->response.markers[i], errors);
                    if (--work->markers_left == 0) work->call.reply(work->response);
                  });
  }
}

}  // namespace kreel::broker
